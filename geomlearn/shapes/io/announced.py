"""Sizes that files announce, compared with what they can hold before any memory is taken."""

from __future__ import annotations

import math
import struct
import zipfile

from geomlearn.shapes.io.source import Source

# Geometry packs a few times, its XML some ten times; only bombs pack hundreds of times.
_MOST_PACKED = 50
_ALWAYS_FINE = 64 << 20
_MATRIX, _CELL, _STRUCT, _OBJECT = 14, 1, 2, 3


class Allowance:
    """How many bytes a file may become in memory, in proportion to its size.

    A few lines can repeat an object, or refer to the same data, any number of times.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._taken, self._size = source, 0, source.size

    def enlarge(self, n_bytes: int) -> None:
        """Count a further file that belongs to this one."""
        self._size += n_bytes

    def take(self, n_bytes: int) -> None:
        """Account for bytes about to be used.

        Raises
        ------
        FormatError   they are out of proportion to the file.
        """
        self._taken += n_bytes
        if self._taken > max(_ALWAYS_FINE, _MOST_PACKED * self._size):
            raise self._source.bad(
                f"it unpacks to {self._taken} bytes or more, out of proportion to its {self._size} bytes",
                "The file is damaged, or made to exhaust memory.",
            )


def check_zip(archive: zipfile.ZipFile, source: Source) -> None:
    """Refuse an archive that unpacks to far more than geometry can.

    Raises
    ------
    FormatError   its members announce sizes out of proportion.
    """
    Allowance(source).take(sum(info.file_size for info in archive.infolist()))


def check_mat(source: Source) -> None:
    """Refuse a MATLAB file (version 5 to 7) with an element larger than what surrounds it.

    Raises
    ------
    FormatError   an element or an array announces more than the file holds.
    """
    order = "<" if source.data[126:128] == b"IM" else ">"
    _check_elements(source.data, 128, len(source.data), order, 0, source)


def _check_elements(data: bytes, at: int, end: int, order: str, depth: int, source: Source) -> None:
    if depth > 20:
        raise source.bad("its structures contain each other without end")
    while at + 8 <= end:
        kind, size = struct.unpack_from(order + "II", data, at)
        if kind >> 16:
            at += 8  # up to four bytes lie inside the tag itself
            continue
        if at + 8 + size > end:
            raise source.short(size, end - at - 8, "bytes in one element")
        if kind == _MATRIX:
            _check_dimensions(data, at + 8, size, order, source)
            _check_elements(data, at + 8, at + 8 + size, order, depth + 1, source)
        # Compressed elements follow each other directly, all others at multiples of eight.
        at += 8 + size + (-size % 8 if kind != 15 else 0)


def _check_dimensions(data: bytes, at: int, size: int, order: str, source: Source) -> None:
    """Of an array: its flags, then its dimensions."""
    if size < 32:
        return
    flags, (kind, length) = data[at + 8 : at + 12], struct.unpack_from(order + "II", data, at + 16)
    if kind >> 16 or length % 4 or length > size - 24:
        return
    dimensions = struct.unpack_from(f"{order}{length // 4}i", data, at + 24)
    count = math.prod(dimensions)
    holds_arrays = flags[0 if order == "<" else 3] in (_CELL, _STRUCT, _OBJECT)
    if min(dimensions, default=0) < 0 or count * (8 if holds_arrays else 1) > size:
        raise source.short(count, size, "numbers in one array")
