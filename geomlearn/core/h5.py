"""HDF5 files: written with checksums throughout, and read so that a damaged one ends in a sentence.

Parts without checksums, as older layouts have them, can when damaged send the library round in circles or bring it
down. Files with such parts are read in a process of their own, `geomlearn.core.h5_reader`, which can be ended.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.h5_reader import arrays_of, root_metadata

# How long the reading process may go without handing over a byte; and how long it may take to start.
PATIENCE_S = 7.0
START_S = 60.0
# What parts without a checksum begin with.
_UNCHECKED = (b"TREE", b"HEAP", b"SNOD", b"GCOL")


def write_h5(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> None:
    """Arrays as datasets, metadata as attributes of the root: numbers and text as such, anything else as JSON text."""
    import h5py

    # This layout has checksums everywhere but in the heap where text of open length goes.
    with h5py.File(path, "w", libver=("v108", "v108")) as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
        for name, value in metadata.items():
            if isinstance(value, int | float):
                file.attrs[name] = value
                continue
            text = (value if isinstance(value, str) else json.dumps(value)).encode()
            file.attrs.create(name, text, dtype=h5py.string_dtype("utf-8", max(len(text), 1)))


def read_h5(path: Path, *, groups: bool = False) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The datasets at the root and its attributes; with `groups` also those below, by their path.

    Raises
    ------
    FormatError               the file is damaged so that reading it would not end, or would end everything.
    OSError, RuntimeError, …  whatever else h5py finds wrong.
    """
    if _has_unchecked_parts(path):
        return _read_in_child(path, groups=groups)
    import h5py

    with h5py.File(path, "r") as file:
        return {name: item[()] for name, item in arrays_of(file, groups=groups).items()}, root_metadata(file)


def _has_unchecked_parts(path: Path) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(mark) >= 0 for mark in _UNCHECKED)


def _read_in_child(path: Path, *, groups: bool) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    with _Child(path, groups=groups) as child:
        child.line(START_S)
        plan = json.loads(child.line(PATIENCE_S))
        arrays = {name: np.empty(shape, dtype) for name, shape, dtype in plan["arrays"]}
        for array in arrays.values():
            child.fill(array)
    return arrays, plan["metadata"]


class _Child:
    """The reading process, ended by a thread that watches it when it stays silent for too long."""

    def __init__(self, path: Path, *, groups: bool) -> None:
        self._name = path.name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "geomlearn.core.h5_reader", str(path), *(["groups"] if groups else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ, OPENBLAS_NUM_THREADS="1"),
        )
        self._until = time.monotonic() + START_S
        self._silent = False
        threading.Thread(target=self._watch, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def line(self, patience_s: float) -> bytes:
        self._until = time.monotonic() + patience_s
        line = self._process.stdout.readline()
        return line if line.endswith(b"\n") else self._failed()

    def fill(self, array: np.ndarray) -> None:
        room = memoryview(array.reshape(-1).view(np.uint8))
        while len(room):
            self._until = time.monotonic() + PATIENCE_S
            taken = self._process.stdout.readinto1(room)
            room = room[taken:] if taken else self._failed()

    def _watch(self) -> None:
        while self._process.poll() is None:
            if time.monotonic() > self._until:
                self._silent = True
                self._process.kill()
            time.sleep(0.05)

    def _failed(self) -> Any:
        reason = self._process.stderr.read().decode(errors="replace").strip()
        code = self._process.wait()
        if self._silent:
            raise FormatError(f"{self._name} is damaged: reading it leads in circles.", "Export it again.")
        if code < 0 or not reason:
            raise FormatError(f"{self._name} is damaged: reading it fails in the HDF5 library.", "Export it again.")
        raise OSError(reason)
