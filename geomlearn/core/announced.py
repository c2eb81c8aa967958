"""Sizes that arrays announce, compared with what their file can hold before any memory is taken."""

from __future__ import annotations

import math
import mmap
import struct
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
_MATRIX, _CELL, _STRUCT, _OBJECT, _SPARSE = 14, 1, 2, 3, 5  # kinds of MATLAB
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


def check_mat(path: Path) -> None:
    """Refuse a MATLAB file (version 5 to 7) with an element larger than what surrounds it.

    Raises
    ------
    FormatError   an element or an array announces more than the file holds.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        order = "<" if data[126:128] == b"IM" else ">"
        _check_elements(data, 128, len(data), order, 0, path.name)


def _check_elements(data: mmap.mmap, at: int, end: int, order: str, depth: int, name: str) -> None:
    if depth > 20:
        raise FormatError(f"{name} cannot be read: its structures contain each other without end.", _DAMAGED)
    while at + 8 <= end:
        kind, size = struct.unpack_from(order + "II", data, at)
        if kind >> 16:
            at += 8  # up to four bytes lie inside the tag itself
            continue
        if at + 8 + size > end:
            raise _short(name, size, end - at - 8, "bytes in one element")
        if kind == _MATRIX:
            _check_dimensions(data, at + 8, size, order, name)
            _check_elements(data, at + 8, at + 8 + size, order, depth + 1, name)
        # Compressed elements follow each other directly, all others at multiples of eight.
        at += 8 + size + (-size % 8 if kind != 15 else 0)


def _check_dimensions(data: mmap.mmap, at: int, size: int, order: str, name: str) -> None:
    """Of an array: its flags, then its dimensions."""
    if size < 32:
        return
    flags, (kind, length) = data[at + 8 : at + 12], struct.unpack_from(order + "II", data, at + 16)
    if kind >> 16 or length % 4 or length > size - 24:
        return
    dimensions = struct.unpack_from(f"{order}{length // 4}i", data, at + 24)
    kind = flags[0 if order == "<" else 3]
    # Of sparse matrices where each column begins is stored, and not the zeros.
    count = dimensions[-1] if kind == _SPARSE and dimensions else math.prod(dimensions)
    if min(dimensions, default=0) < 0 or count * (8 if kind in (_CELL, _STRUCT, _OBJECT) else 1) > size:
        raise _short(name, count, size, "numbers in one array")


def _short(name: str, announced: int, held: int, what: str) -> FormatError:
    return FormatError(f"{name} cannot be read: it announces {announced} {what}, but holds {held}.", _DAMAGED)
