"""Sizes that MATLAB files of version 4 to 7 announce, compared with what they hold before any memory is taken.

What is compressed is unpacked in slabs and walked through like the rest, so that nothing is believed that does not lie
there: damage inside a compressed array can make a short text of a word announce gigabytes.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from geomlearn.core.errors import FormatError

# Compressed numbers unfold a few times; so much memory is always granted.
ALWAYS, MOST_PACKED = 1 << 30, 20
_SLAB = 1 << 16
_MATRIX, _PACKED = 14, 15  # kinds of elements
_CELL, _STRUCT, _OBJECT, _SPARSE, _OPAQUE = 1, 2, 3, 5, 17  # kinds of arrays
_DEEPEST, _MOST_DIMENSIONS = 20, 64
_NUMBER_BYTES = (8, 4, 4, 2, 2, 1)  # of version 4
_DAMAGED = "The file is cut short or damaged."


def check_mat(path: Path) -> None:
    """Refuse a MATLAB file with an element larger than what surrounds it, or an array larger than its element.

    Raises
    ------
    FormatError   an element or an array announces more than the file holds, or unpacks out of proportion.
    zlib.error    a compressed element is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(128)
        if head[:6] != b"MATLAB":
            stream.seek(0)
            _check_version_4(stream, size, path.name)
        else:
            order = "<" if head[126:128] == b"IM" else ">"
            _Elements(order, path.name, ALWAYS + MOST_PACKED * size).check(stream, size - 128, 0)


@dataclass(frozen=True)
class _Elements:
    """Elements of version 5 to 7, one after the other and inside each other.

    Attributes
    ----------
    order   of bytes, as `struct` calls it.
    most    bytes that compressed elements may unpack to.
    """

    order: str
    name: str
    most: int

    def check(self, stream: BinaryIO, size: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise FormatError(f"{self.name} cannot be read: its structures contain each other without end.", _DAMAGED)
        while size >= 8:
            kind, length = self._tag(stream)
            size -= 8
            if kind >> 16:
                continue  # up to four bytes lie inside the tag itself
            if length > size:
                raise _short(self.name, length, size, "bytes in one element")
            if kind == _MATRIX:
                self._check_array(stream, length, depth)
            elif kind == _PACKED and depth == 0:
                self._check_packed(stream, length)
            else:
                self._skip(stream, length)
            # Compressed elements follow each other directly, all others at multiples of eight.
            padding = 0 if kind == _PACKED else min(-length % 8, size - length)
            self._skip(stream, padding)
            size -= length + padding

    def _check_packed(self, stream: BinaryIO, size: int) -> None:
        end = stream.tell() + size
        unpacked = io.BufferedReader(_Unpacked(stream, size), _SLAB)
        kind, length = self._tag(unpacked)
        if 8 + length > self.most:
            what = f"{length} bytes come out of {size}"
            raise FormatError(f"{self.name} cannot be read: {what}, out of proportion.", _DAMAGED)
        if kind == _MATRIX:
            self._check_array(unpacked, length, 0)
        else:
            self._skip(unpacked, 0 if kind >> 16 else length)
        while unpacked.read(_SLAB):  # to the checksum at its end
            pass
        stream.seek(end)

    def _check_array(self, stream: BinaryIO, size: int, depth: int) -> None:
        """Its flags, its dimensions, and then its name and what it holds."""
        if size < 24:
            self._skip(stream, size)
            return
        flags = self._take(stream, 16)[8:]
        kind = flags[0 if self.order == "<" else 3]
        left = size - 16
        if kind != _OPAQUE:
            of, length = self._tag(stream)
            left -= 8
            length = 0 if of >> 16 else length
            if length > left or length > 4 * _MOST_DIMENSIONS:
                raise _short(self.name, length, left, "bytes of dimensions")
            padded = min(length + -length % 8, left)
            dimensions = struct.unpack_from(f"{self.order}{length // 4}i", self._take(stream, padded))
            left -= padded
            self._check_dimensions(dimensions, kind, size)
        self.check(stream, left, depth + 1)

    def _check_dimensions(self, dimensions: tuple[int, ...], kind: int, size: int) -> None:
        # Of sparse matrices where each column begins is stored, and not the zeros.
        count = dimensions[-1] if kind == _SPARSE and dimensions else math.prod(dimensions)
        if min(dimensions, default=0) < 0 or count * (8 if kind in (_CELL, _STRUCT, _OBJECT) else 1) > size:
            raise _short(self.name, count, size, "numbers in one array")

    def _tag(self, stream: BinaryIO) -> tuple[int, int]:
        kind, length = struct.unpack(self.order + "II", self._take(stream, 8))
        return kind, length

    def _take(self, stream: BinaryIO, size: int) -> bytes:
        found = stream.read(size)
        if len(found) < size:
            raise _short(self.name, size, len(found), "further bytes")
        return found

    def _skip(self, stream: BinaryIO, size: int) -> None:
        if stream.seekable():
            stream.seek(size, io.SEEK_CUR)
            return
        while size > 0:
            size -= len(self._take(stream, min(size, _SLAB)))


class _Unpacked(io.RawIOBase):
    """What comes out of the next bytes of a file, never more at a time than is asked for."""

    def __init__(self, packed: BinaryIO, size: int) -> None:
        self._packed, self._left, self._engine = packed, size, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        while not self._engine.eof:
            given = self._engine.unconsumed_tail
            if not given:
                given = self._packed.read(min(self._left, _SLAB))
                self._left -= len(given)
            out = self._engine.decompress(given, len(room))
            if out or not given:
                room[: len(out)] = out
                return len(out)
        return 0


def _check_version_4(stream: BinaryIO, size: int, name: str) -> None:
    """Arrays one after the other: five numbers, a name, and the numbers, column by column."""
    whole = size
    while size >= 20:
        head = stream.read(20)
        order = "<" if 0 <= struct.unpack("<i", head[:4])[0] < 5000 else ">"
        kind, n_rows, n_columns, is_complex, n_letters = struct.unpack(order + "5i", head)
        size -= 20
        each = _NUMBER_BYTES[min(kind // 10 % 10, 5)]
        is_sparse = kind % 10 == 2
        length = n_rows * n_columns * each * (2 if is_complex == 1 and not is_sparse else 1)
        if min(n_rows, n_columns, n_letters) < 0 or n_letters + length > size:
            raise _short(name, n_letters + length, size, "bytes in one array")
        stream.seek(n_letters, io.SEEK_CUR)
        if is_sparse and n_rows and n_columns >= 3:
            _check_sparse_4(stream, n_rows, order + {8: "d", 4: "f"}.get(each, "d"), each, whole, name)
        stream.seek(whole - size + n_letters + length)
        size -= n_letters + length


def _check_sparse_4(stream: BinaryIO, n_rows: int, code: str, each: int, whole: int, name: str) -> None:
    """Of each entry its row, column and value; the last of the table tells the size of the matrix."""
    begin = stream.tell()
    for column in range(2):
        stream.seek(begin + (column * n_rows + n_rows - 1) * each)
        found = stream.read(struct.calcsize(code))
        count = struct.unpack(code, found)[0] if len(found) == struct.calcsize(code) else 0.0
        if not 0 <= 8 * count <= ALWAYS + MOST_PACKED * whole:
            raise FormatError(f"{name} cannot be read: it announces a sparse matrix of size {count:g}.", _DAMAGED)


def _short(name: str, announced: int, held: int, what: str) -> FormatError:
    return FormatError(f"{name} cannot be read: it announces {announced} {what}, but holds {held}.", _DAMAGED)
