"""The numbers in VTK's XML: text, base64 and raw data, plain or compressed with zlib or LZMA."""

from __future__ import annotations

import base64
import binascii
import lzma
import re
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np

from geomlearn.shapes.io.announced import Allowance
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, whole

TYPES = {
    **{"Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4"},
    **{"Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8"},
}
_BASE64_PARTS = re.compile(rb"[A-Za-z0-9+/]+=*")
_APPENDED = re.compile(rb"(<AppendedData[^>]*>)[^_]*_")
# The end of the appended data is looked for in so many bytes at the end of the file.
_TAIL = 1 << 16

# Bytes or an array of them: both are buffers, for which Python has a name from 3.12 on.
Bytes = Any


class Document:
    """The XML tree, and access to the numbers of its data arrays."""

    def __init__(self, source: Source) -> None:
        self.source, self.base64, self.allowance = source, False, Allowance(source)
        text, self.appended = self._split()
        if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text[:65536]:
            raise source.bad("its XML defines entities, which VTK never writes")
        try:
            self.root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            raise source.bad(f"its XML is damaged ({error})", "The file is cut short or damaged.") from None
        self.order = ">" if self.root.get("byte_order") == "BigEndian" else "<"
        self.header = self.order + ("u8" if self.root.get("header_type") == "UInt64" else "u4")
        self.compressor = self.root.get("compressor", "")
        if self.compressor not in ("", "vtkZLibDataCompressor", "vtkLZMADataCompressor"):
            raise source.bad(f"it is compressed by {self.compressor[:40]}", "Save it with zlib or without compression.")

    def _split(self) -> tuple[bytes, Region]:
        """The XML, and where the bytes after it are, which need not be XML."""
        begins = _APPENDED.search(self.source.head)
        data = self.source.head if begins else self.source.data
        begins = begins or _APPENDED.search(data)
        if begins is None:
            if b"<AppendedData" in data:
                raise self.source.bad("its appended data never begin", "The file is cut short or damaged.")
            return data, Region(self.source, 0, 0)
        self.base64 = b'"base64"' in begins[1]
        last = max(self.source.size - _TAIL, begins.end())
        end = self.source.read(last, self.source.size).tobytes().rfind(b"</AppendedData>")
        appended = Region(self.source, begins.end(), last + end if end >= 0 else self.source.size)
        return data[: begins.end(1)] + b"</AppendedData></VTKFile>", appended

    def numbers(self, array: ElementTree.Element) -> np.ndarray:
        """The numbers of a DataArray: (n,), or (n, width) when it has several components."""
        code = TYPES.get(array.get("type", ""))
        if code is None:
            raise self.source.bad(f"it has an array of the unknown type '{array.get('type', '')[:20]}'")
        form = array.get("format", "ascii")
        if form == "ascii":
            text = (array.text or "").encode()
            values = integers(text, self.source) if code[0] in "iu" else floats(text, self.source)
        else:
            if form == "appended":
                offset = int(array.get("offset", "0"))
                if not 0 <= offset <= len(self.appended):
                    raise self.source.short(offset, len(self.appended), "bytes of appended data")
                take = _Base64(self.appended[offset:]) if self.base64 else _Raw(self.appended, offset)
            else:
                take = _Base64((array.text or "").encode())
            raw = self._unpack(take)
            self.allowance.take(len(raw))
            values = np.frombuffer(raw, self.order + code, len(raw) // np.dtype(code).itemsize)
        width = int(array.get("NumberOfComponents") or 1)
        if width < 1 or len(values) % width:
            raise self.source.bad(f"its array {array.get('Name', '')[:30]} is incomplete", "The file is cut short.")
        return values if width == 1 else values.reshape(-1, width)

    def column(self, array: ElementTree.Element) -> np.ndarray:
        """(n,) the integers of a DataArray with one component."""
        values = self.numbers(array)
        if values.ndim != 1:
            raise self.source.bad("an array of its cells has several components")
        return whole(values if values.dtype.kind == "f" else values.astype(np.int64, copy=False), self.source)

    def _unpack(self, take: _Raw) -> Bytes:
        size = np.dtype(self.header).itemsize
        try:
            if not self.compressor:
                count = int(np.frombuffer(take(0, size), self.header)[0])
                return self._whole(take(size, count), count)
            blocks, length, last = (int(n) for n in np.frombuffer(take(0, 3 * size), self.header))
            if blocks > take.most:
                raise self.source.short(blocks, take.most, "compressed blocks")
            sizes = np.frombuffer(take(3 * size, blocks * size), self.header).tolist()
            take.next_part((3 + blocks) * size)
            out, at = [], 0
            for i, packed_size in enumerate(sizes):
                limit = last if last and i == blocks - 1 else length
                out.append(self._whole(self._inflate(take(at, packed_size), limit), limit))
                at += packed_size
            return b"".join(out)
        except (IndexError, ValueError, binascii.Error, zlib.error, lzma.LZMAError) as error:
            raise self.source.bad(f"its data are damaged ({error})", "The file is cut short or damaged.") from None

    def _inflate(self, block: Bytes, limit: int) -> bytes:
        if self.compressor == "vtkZLibDataCompressor":
            return zlib.decompressobj().decompress(block, limit) if limit else b""
        return lzma.LZMADecompressor().decompress(block, limit)

    def _whole(self, data: Bytes, announced: int) -> Bytes:
        if len(data) < announced:
            raise self.source.short(announced, len(data), "bytes of an array")
        return data


class Region:
    """Bytes of a file between two places, read when they are asked for."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self._source, self._start, self._stop = source, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, some: slice) -> np.ndarray:
        start, stop, _ = some.indices(len(self))
        return self._source.read(self._start + start, self._start + stop)


class _Raw:
    """Bytes by place, from the place `base` on; after `next_part` places count from there."""

    def __init__(self, data: Region | Bytes, base: int = 0) -> None:
        self._data, self._base = data, base
        self.most = len(data) - base

    def __call__(self, start: int, count: int) -> Bytes:
        return self._data[self._base + start : self._base + start + count]

    def next_part(self, length: int) -> None:
        """Step over `length` bytes: places count from there."""
        self._base += length


class _Base64(_Raw):
    """The same for base64 text, whose parts are encoded one by one, each with its own padding."""

    def __init__(self, text: Bytes) -> None:
        # Appended arrays follow each other in the text: decode little until the header says how much there is.
        super().__init__(b"")
        self._text, self.most = memoryview(text), len(text)

    def __call__(self, start: int, count: int) -> Bytes:
        needed = self._base + start + count
        if needed > len(self._data):
            # Decoding twice as much as before each time keeps the whole linear.
            needed = max(needed, 2 * len(self._data))
            # Every three bytes are four letters; padding and white space add to them.
            piece = bytes(self._text[: needed * 4 // 3 + needed // 16 + 256]).translate(None, b" \t\r\n")
            self._data = b"".join(_decode(part) for part in _BASE64_PARTS.findall(piece))
        return super().__call__(start, count)


def _decode(part: bytes) -> bytes:
    part = part.rstrip(b"=")
    part = part[: len(part) - 1] if len(part) % 4 == 1 else part
    return base64.b64decode(part + b"=" * (-len(part) % 4))
