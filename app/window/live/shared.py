"""Messages between two processes of ours, with their large arrays in shared memory: copied once, not pickled."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

KEY = "GEOMLEARN_LIVE_KEY"
"""Names the secret by which the two ends know each other, in the environment of the window."""
INLINE_BYTES = 1 << 16
"""Smaller arrays travel in the message itself."""


@dataclass(frozen=True)
class Lent:
    """An array that lies in a block of shared memory."""

    block: str
    shape: tuple[int, ...]
    dtype: str


class Line:
    """One end of a connection. Blocks it lent live until the other end says that it has copied them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._lent: dict[str, SharedMemory] = {}

    def send(self, message: Any) -> None:
        """Send plain values, lists, tuples and dicts with arrays in them.

        Raises
        ------
        OSError   the other end is gone.
        """
        packed = self._packed(message)
        with self._sending:
            self._connection.send(("message", packed))

    def receive(self) -> Any:
        """The next message; waits for it.

        Raises
        ------
        EOFError, OSError   the other end is gone.
        """
        while True:
            kind, content = self._connection.recv()
            if kind == "copied":
                self._take_back(content)
                continue
            blocks: list[str] = []
            message = _unpacked(content, blocks)
            if blocks:
                with self._sending:
                    self._connection.send(("copied", blocks))
            return message

    def settle(self, seconds: float) -> None:
        """Wait until all that was lent has been copied; other messages that come meanwhile are dropped."""
        until = time.monotonic() + seconds
        with suppress(EOFError, OSError):
            while self._lent and self._connection.poll(max(until - time.monotonic(), 0.0)):
                kind, content = self._connection.recv()
                if kind == "copied":
                    self._take_back(content)

    def _take_back(self, blocks: list[str]) -> None:
        for block in blocks:
            _free(self._lent.pop(block))

    def close(self) -> None:
        """Hang up, and free what is still lent."""
        self._connection.close()
        for block in self._lent.values():
            _free(block)
        self._lent.clear()

    def _packed(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                raise TypeError("arrays of objects are not sent")
            if value.nbytes <= INLINE_BYTES:
                return np.ascontiguousarray(value)
            block = SharedMemory(create=True, size=value.nbytes)
            np.ndarray(value.shape, value.dtype, block.buf)[...] = value
            self._lent[block.name] = block
            return Lent(block.name, value.shape, value.dtype.str)
        if isinstance(value, dict):
            return {key: self._packed(part) for key, part in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(self._packed(part) for part in value)
        return value


def _unpacked(value: Any, blocks: list[str]) -> Any:
    if isinstance(value, Lent):
        block = SharedMemory(name=value.block)
        _not_ours(block)
        array = np.ndarray(value.shape, value.dtype, block.buf).copy()
        block.close()
        blocks.append(value.block)
        return array
    if isinstance(value, dict):
        return {key: _unpacked(part, blocks) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_unpacked(part, blocks) for part in value)
    return value


def _free(block: SharedMemory) -> None:
    block.close()
    block.unlink()


def _not_ours(block: SharedMemory) -> None:
    """The process that lent a block frees it; Python would also do so here, and complain."""
    from multiprocessing import resource_tracker

    # Only where the operating system has names for blocks does the tracker know of them.
    if hasattr(block, "_name") and hasattr(resource_tracker, "unregister"):
        resource_tracker.unregister(block._name, "shared_memory")
