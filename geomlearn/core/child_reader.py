"""Files whose readers a damaged file can bring down, or send round in circles, are read in a process of their own.

The process is a module run as a program, ``python -m MODULE FILE PARENT …``, which ends with the process PARENT. It
writes the line ``ready``, a line of JSON with the metadata, each array's name, shape and dtype, and which arrays make
up sparse matrices, and then the bytes of the arrays, one after the other.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.processes import end_with_parent

# How long the reading process may go without handing over a byte; and how long it may take to start.
PATIENCE_S = 7.0
START_S = 60.0
# Beyond its slabs the process may take this much memory; a damaged list can grow until nothing is left.
ROOM_BYTES = 2 * 1024**3
SLAB_BYTES = 16 * 1024**2


def read_in_child(path: Path, module: str, library: str, *words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays and the metadata that the program `module` hands over; `words` end its command line.

    Raises
    ------
    FormatError   reading leads in circles, or brings the process down; `library` is said to have failed.
    OSError       whatever else it found wrong.
    """
    with _Child(path, library, start(module, [str(path), str(os.getpid()), *words])) as child:
        child.line(START_S)
        plan = json.loads(child.line(PATIENCE_S))
        arrays = {name: np.empty(shape, dtype) for name, shape, dtype in plan["arrays"]}
        for array in arrays.values():
            child.fill(array)
    return _with_sparse(arrays, plan.get("sparse", {})), plan["metadata"]


def start(module: str, words: list[str]) -> subprocess.Popen[bytes]:
    """``python -m MODULE WORDS`` with its output and errors in pipes."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *words],  # no modules of the folder at hand
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, OPENBLAS_NUM_THREADS="1"),
    )


def _with_sparse(arrays: dict[str, np.ndarray], sparse: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = dict(arrays)
    for name, shape in sparse.items():
        from scipy.sparse import csc_matrix

        parts = [whole.pop(f"{name}\0{part}") for part in ("data", "indices", "indptr")]
        whole[name] = csc_matrix(tuple(parts), shape=tuple(shape))
    return whole


class _Child:
    """The reading process, ended by a thread that watches it when it stays silent for too long."""

    def __init__(self, path: Path, library: str, process: subprocess.Popen[bytes]) -> None:
        self._name, self._library, self._process = path.name, library, process
        self._out = cast(io.BufferedReader, process.stdout)
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
        line = self._out.readline()
        return line if line.endswith(b"\n") else self._failed()

    def fill(self, array: np.ndarray) -> None:
        room = array.reshape(-1).view(np.uint8).data
        while len(room):
            self._until = time.monotonic() + PATIENCE_S
            taken = self._out.readinto1(room)
            room = room[taken:] if taken else self._failed()

    def _watch(self) -> None:
        while self._process.poll() is None:
            if time.monotonic() > self._until:
                self._silent = True
                self._process.kill()
            time.sleep(0.05)

    def _failed(self) -> Any:
        reason = cast(IO[bytes], self._process.stderr).read().decode(errors="replace").strip()
        code = self._process.wait()
        if self._silent:
            raise FormatError(f"{self._name} is damaged: reading it leads in circles.", "Export it again.")
        if code < 0 or not reason:
            raise FormatError(f"{self._name} is damaged: reading it fails in {self._library}.", "Export it again.")
        raise OSError(reason)


def hand_over(read: Callable[[Path], tuple[Mapping[str, Any], Mapping[str, Any]]], room_bytes: int) -> None:
    """What such a program does: its arrays and metadata to the process that asked, or on stderr what is wrong.

    It ends when that process does, also in the middle of a file that leads in circles.

    Parameters
    ----------
    read   gives the arrays and the metadata of the file; sparse matrices are handed over as such.
    """
    end_with_parent(int(sys.argv[2]))
    _limit_memory(room_bytes)
    out = sys.stdout.buffer
    try:
        out.write(b"ready\n")
        out.flush()
        send(*read(Path(sys.argv[1])), out)
    except MemoryError:
        sys.exit("it announces more data than memory holds")
    except BaseException as error:
        # Whatever it is, the other side says it in a sentence.
        sys.exit(str(error) or type(error).__name__)


def send(arrays: Mapping[str, Any], metadata: Mapping[str, Any], out: BinaryIO) -> None:
    """The plan and the bytes."""
    flat: dict[str, Any] = {}
    sparse = {}
    for name, array in arrays.items():
        if not hasattr(array, "indptr"):
            flat[name] = array
            continue
        sparse[name] = array.shape
        flat |= {f"{name}\0{part}": getattr(array, part) for part in ("data", "indices", "indptr")}
    plan = [(name, array.shape, array.dtype.str) for name, array in flat.items()]
    out.write(json.dumps({"metadata": metadata, "arrays": plan, "sparse": sparse}, default=str).encode() + b"\n")
    for array in flat.values():
        for slab in _slabs(array):
            out.write(slab.reshape(-1).view(np.uint8).data)
            out.flush()


def _slabs(array: Any) -> Iterator[np.ndarray]:
    if array.ndim == 0 or array.nbytes <= SLAB_BYTES:
        yield np.ascontiguousarray(array[()])
        return
    step = max(1, SLAB_BYTES * len(array) // array.nbytes)
    for start in range(0, len(array), step):
        yield np.ascontiguousarray(array[start : start + step])


def _limit_memory(room_bytes: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (room_bytes, resource.getrlimit(resource.RLIMIT_DATA)[1]))
