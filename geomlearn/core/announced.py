"""Sizes that arrays announce, compared with what their file can hold before any memory is taken."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tokenize import TokenError

import numpy as np

from geomlearn.core.errors import FormatError

# Numbers are compressed a few times; constant ones more, and less than this much is not worth a question.
MOST_PACKED, ALWAYS_FINE = 100, 64 << 20
# numpy reads headers of at most ten thousand letters.
_HEADER_BYTES = 16384
_DAMAGED = "The file is cut short or damaged."


def check_npz(path: Path) -> None:
    """Refuse an archive whose arrays unpack out of proportion, or need more bytes than their part of it.

    Raises
    ------
    FormatError   an array announces more than the file holds, or holds objects.
    BadZipFile    it is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total, size = sum(info.file_size for info in members), path.stat().st_size
        if total > max(ALWAYS_FINE, MOST_PACKED * size):
            raise FormatError(
                f"{path.name} cannot be read: it unpacks to {total} bytes, out of proportion to its {size} bytes.",
                "The file is damaged, or made to exhaust memory.",
            )
        for info in members:
            if info.filename.endswith(".npy"):
                with archive.open(info) as stream:
                    _check_header(stream.read(_HEADER_BYTES), info.file_size, path.name)


def check_npy(path: Path) -> None:
    """The same for a single array."""
    with path.open("rb") as stream:
        _check_header(stream.read(_HEADER_BYTES), path.stat().st_size, path.name)


@contextmanager
def old_headers() -> Iterator[None]:
    """Inside, headers of Python 2 are read like others, which is nothing that a person need be warned of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Reading `.npy` or `.npz`", UserWarning)
        yield


def _check_header(begin: bytes, available: int, name: str) -> None:
    stream = BytesIO(begin)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        with old_headers():
            shape, _, dtype = read(stream)
        needed = math.prod(shape) * dtype.itemsize
        negative = min(shape, default=0) < 0
    except (ValueError, TokenError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise FormatError(f"{name} cannot be read: the header of an array is damaged.", _DAMAGED) from None
    if dtype.hasobject:
        what = "an array in it holds Python objects, which are never loaded"
        raise FormatError(f"{name} cannot be read: {what}.", "Save plain arrays of numbers.")
    if negative or needed > available:
        what = f"it announces {needed} bytes of numbers, but holds {available}"
        raise FormatError(f"{name} cannot be read: {what}.", _DAMAGED)
