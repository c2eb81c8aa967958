"""VTK's XML files (.vtp, .vtu): text, base64 and raw data, plain or compressed with zlib or LZMA."""

from __future__ import annotations

import base64
import binascii
import json
import lzma
import re
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np

from geomlearn.shapes.io.announced import Allowance
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, whole
from geomlearn.shapes.io.vtk.cell_types import POLYHEDRON
from geomlearn.shapes.io.vtk.cells import Grid, cells_from_offsets, surface
from geomlearn.shapes.io.vtk.polyhedra import polyhedra
from geomlearn.shapes.triangulate import Polygons

_TYPES = {
    **{"Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4"},
    **{"Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8"},
}
_LISTS = {"Verts": 2, "Lines": 4, "Polys": 7, "Strips": 6}
_START = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<VTKFile\b", re.DOTALL)
_BASE64_PARTS = re.compile(rb"[A-Za-z0-9+/]+=*")


def is_vtk_xml(source: Source) -> bool:
    """Whether its root is a VTKFile."""
    return _START.match(source.head) is not None


def read_vtk_xml(source: Source) -> Parsed:
    """The surface of a PolyData or UnstructuredGrid file, all its pieces joined.

    Raises
    ------
    FormatError   another kind of data set, or the file is damaged or cut short.
    """
    return surface(read_xml_grid(source), source)


def read_xml_grid(source: Source) -> Grid:
    """All of the file: points, cells, point data."""
    document = Document(source)
    kind = document.root.get("type", "")
    if kind not in ("PolyData", "UnstructuredGrid"):
        raise source.bad(
            f"it holds a {kind[:30] or 'data set without a type'}, which is no surface",
            "Extract its surface (in ParaView: Extract Surface) and save that.",
        )
    pieces = [_piece(document, piece, kind) for piece in document.root.iter("Piece")]
    pieces = [piece for piece in pieces if len(piece.points)]
    if not pieces:
        raise source.bad("it holds no points")
    if len(pieces) == 1:
        return pieces[0]
    offsets = np.cumsum([0] + [len(piece.points) for piece in pieces[:-1]])
    cells = [Polygons(p.cells.corners + o, p.cells.counts) for p, o in zip(pieces, offsets, strict=True)]
    shared = [name for name in pieces[0].point_data if all(name in piece.point_data for piece in pieces)]
    data = {name: np.concatenate([piece.point_data[name] for piece in pieces]) for name in shared}
    points = np.concatenate([piece.points for piece in pieces])
    solid = [
        Polygons(p.polyhedra.corners + o, p.polyhedra.counts)
        for p, o in zip(pieces, offsets, strict=True)
        if p.polyhedra is not None
    ]
    types = np.concatenate([piece.types for piece in pieces])
    left = sorted({words for piece in pieces for words in piece.left})
    return Grid(points, Polygons.joined(cells), types, data, polyhedra=Polygons.joined(solid), left=left)


def read_xml_metadata(source: Source) -> dict[str, Any]:
    """The JSON text called metadata in the field data, as our own files have it; empty in others.

    Raises
    ------
    FormatError   the file or the text is damaged.
    """
    for array in Document(source).root.iterfind(".//FieldData/Array[@Name='metadata']"):
        codes = integers((array.text or "").encode(), source)
        try:
            found = json.loads(bytes(codes[:-1].tolist()))
        except ValueError:
            raise source.bad("its metadata are damaged") from None
        return found if isinstance(found, dict) else {}
    return {}


class Document:
    """The XML tree, and access to the numbers of its data arrays."""

    def __init__(self, source: Source) -> None:
        self.source, self.base64, self.allowance = source, False, Allowance(source)
        text, self.appended = self._split(source.data)
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

    def _split(self, data: bytes) -> tuple[bytes, memoryview]:
        """The XML, and the bytes after it, which need not be XML."""
        begin = data.find(b"<AppendedData")
        if begin < 0:
            return data, memoryview(b"")
        tag_end = data.find(b">", begin)
        start = data.find(b"_", tag_end)
        if tag_end < 0 or start < 0:
            raise self.source.bad("its appended data never begin", "The file is cut short or damaged.")
        self.base64 = b'"base64"' in data[begin:tag_end]
        end = data.rfind(b"</AppendedData>")
        appended = memoryview(data)[start + 1 : end if end > start else len(data)]
        return data[: tag_end + 1] + b"</AppendedData></VTKFile>", appended

    def numbers(self, array: ElementTree.Element) -> np.ndarray:
        """The numbers of a DataArray: (n,), or (n, width) when it has several components."""
        code = _TYPES.get(array.get("type", ""))
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
                packed = self.appended[offset:]
            else:
                packed = memoryview((array.text or "").encode())
            raw = self._unpack(packed, form == "binary" or self.base64)
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

    def _unpack(self, packed: memoryview, is_base64: bool) -> memoryview | bytes:
        take = _Base64(packed) if is_base64 else _Raw(packed)
        size = np.dtype(self.header).itemsize
        try:
            if not self.compressor:
                count = int(np.frombuffer(take(0, size), self.header)[0])
                return self._whole(take(size, count), count)
            blocks, length, last = (int(n) for n in np.frombuffer(take(0, 3 * size), self.header))
            if blocks > len(packed):
                raise self.source.short(blocks, len(packed), "compressed blocks")
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

    def _inflate(self, block: memoryview | bytes, limit: int) -> bytes:
        if self.compressor == "vtkZLibDataCompressor":
            return zlib.decompressobj().decompress(block, limit) if limit else b""
        return lzma.LZMADecompressor().decompress(block, limit)

    def _whole(self, data: memoryview | bytes, announced: int) -> memoryview | bytes:
        if len(data) < announced:
            raise self.source.short(announced, len(data), "bytes of an array")
        return data


class _Raw:
    """Bytes by place; after `next_part` places count from there."""

    def __init__(self, data: memoryview | bytes) -> None:
        self._data, self._base = data, 0

    def __call__(self, start: int, count: int) -> memoryview | bytes:
        return self._data[self._base + start : self._base + start + count]

    def next_part(self, length: int) -> None:
        """Step over `length` bytes: places count from there."""
        self._base += length


class _Base64(_Raw):
    """The same for base64 text, whose parts are encoded one by one, each with its own padding."""

    def __init__(self, text: memoryview) -> None:
        # Appended arrays follow each other in the text: decode little until the header says how much there is.
        self._text = text
        super().__init__(b"")

    def __call__(self, start: int, count: int) -> memoryview | bytes:
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


def _piece(document: Document, piece: ElementTree.Element, kind: str) -> Grid:
    source = document.source
    holder = piece.find("Points")
    array = None if holder is None else holder.find("DataArray")
    points = np.zeros((0, 3)) if array is None else document.numbers(array)
    if points.size and (points.ndim != 2 or points.shape[1] != 3):
        raise source.bad("its points do not have three coordinates")
    announced = int(piece.get("NumberOfPoints", len(points)))
    if announced != len(points):
        raise source.short(announced, len(points), "points")
    parts, types = [], []
    for tag in ("Cells",) if kind == "UnstructuredGrid" else tuple(_LISTS):
        cells, cell_types = _cells(document, piece.find(tag), _LISTS.get(tag))
        parts.append(cells)
        types.append(cell_types)
    solid = polyhedra(document, piece.find("Cells")) if (types[0] == POLYHEDRON).any() else Polygons.none()
    filled = [of_part for of_part in types if len(of_part)]
    every = filled[0] if len(filled) == 1 else np.concatenate(types)
    grid = Grid(points.reshape(-1, 3), Polygons.joined(parts), every, polyhedra=solid)
    if piece.find("CellData/DataArray") is not None:
        grid.left.append("cell data")
    data = piece.find("PointData")
    if data is None:
        return grid
    for array in data.findall("DataArray"):
        if array.get("type") in _TYPES:
            values = document.numbers(array)
            if len(values) == len(grid.points):
                name = "Normals" if array.get("Name") == data.get("Normals") else array.get("Name", "")
                grid.point_data[name] = values
    return grid


def _cells(document: Document, holder: ElementTree.Element | None, kind: int | None) -> tuple[Polygons, np.ndarray]:
    found = {} if holder is None else {array.get("Name"): array for array in holder.findall("DataArray")}
    if not {"connectivity", "offsets"} <= found.keys():
        return Polygons.none(), np.zeros(0, np.int64)
    corners, ends = document.column(found["connectivity"]), document.column(found["offsets"])
    cells = cells_from_offsets(corners, np.concatenate([[0], ends]), document.source)
    if kind is not None:
        return cells, np.broadcast_to(np.int64(kind), cells.n)
    if "types" not in found:
        raise document.source.bad("the types of its cells are missing")
    types = document.column(found["types"])
    if len(types) != cells.n:
        raise document.source.bad(f"it has {cells.n} cells, but {len(types)} cell types")
    return cells, types
