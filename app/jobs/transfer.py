"""Values between processes: small ones through the pipe, large arrays as .npy files that the other side maps."""

from __future__ import annotations

import pickle
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BIG_BYTES = 1 << 20
"""Arrays from this size travel as files: a pipe holds some 64 kB, and a full pipe makes the sender wait."""
PIPE_BYTES = 1 << 15


@dataclass(frozen=True)
class Parcel:
    """A packed value.

    Attributes
    ----------
    pickled  the value without its large arrays, or the name of the file that holds it.
    arrays   names of the files of its large arrays.
    """

    pickled: bytes | str
    arrays: tuple[str, ...]


def pack(value: Any, folder: Path) -> Parcel:
    """Pack any picklable value; what is too large for a pipe is written into `folder`."""
    big: list[np.ndarray] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = np.frombuffer(buffer.raw(), np.uint8)
        if raw.nbytes < BIG_BYTES:
            return True
        big.append(raw)
        return False

    whole = pickle.dumps(value, 5, buffer_callback=stays_inside)
    pickled: bytes | str = whole
    if len(whole) > PIPE_BYTES:
        big.append(np.frombuffer(whole, np.uint8))
        pickled = ""
    names = []
    for raw in big:
        path = folder / f"{uuid.uuid4().hex}.npy"
        np.save(path, raw)
        names.append(str(path))
    return Parcel(pickled or names.pop(), tuple(names))


def unpack(parcel: Parcel) -> Any:
    """The value again; its large arrays are mapped copy-on-write and their files forgotten."""
    pickled = parcel.pickled
    if isinstance(pickled, str):
        pickled = _taken(pickled).tobytes()
    return pickle.loads(pickled, buffers=[_taken(name) for name in parcel.arrays])


def _taken(name: str) -> np.ndarray:
    array = np.load(name, mmap_mode="c")
    # The map outlives the name; Windows keeps the name until the run folder goes.
    with suppress(OSError):
        Path(name).unlink()
    return array
