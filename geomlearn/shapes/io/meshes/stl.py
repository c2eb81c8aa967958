"""Stereolithography STL, binary and ASCII: triangles without connections, welded where corners are equal."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, line_starts, lines_where, plain_lines, table_text, without_indents
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_TEXT = re.compile(
    rb"\s*solid\b(?:[^\n]*\n(?:\s*(?:color|#)[^\n]*\n)*\s*|[^\n]*?\s)(?:facet|endsolid)\b", re.IGNORECASE
)
# So many diagonals from the origin single precision loses what a picture shows.
FAR = 10.0
_NAME = re.compile(rb"^((?:end)?solid\b)(?![^\n]*\bfacet\s+normal)[^\n]*\n", re.MULTILINE)
_CORNER = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)")


def is_stl(source: Source) -> bool:
    """Whether the size fits the count of a binary file, or the text begins with a solid of facets."""
    # Binary files may begin with the word solid as well, so their size decides first.
    return _fills_file(source) or _is_text(source)


def _is_text(source: Source) -> bool:
    return _TEXT.match(source.head.replace(b"\r", b"\n")) is not None


def _fills_file(source: Source) -> bool:
    return source.size >= 134 and source.size == 84 + 50 * _announced(source)


def _announced(source: Source) -> int:
    return int.from_bytes(source.head[80:84], "little")


def read_stl(source: Source) -> Parsed:
    """The triangles, with equal corners made one vertex.

    Raises
    ------
    FormatError   the file is cut short or holds no triangles.
    """
    if _is_text(source) and not _fills_file(source):
        return _read_text(source)
    announced, available = _announced(source), (source.size - 84) // 50
    if source.size < 84 or available == 0:
        raise source.bad("it holds no triangles", "Check that it is an STL file.")
    notes = []
    if announced > available and (source.size - 84) % 50:
        raise source.short(announced, available, "triangles")
    if announced != available:
        # Writers that stream forget to fill in the count; then the file's length is right.
        whole = (source.size - 84) % 50 == 0
        announced = available if whole else announced
        notes.append(f"The header's count of triangles is not the {available} of the file: {announced} were read.")
    if announced == 0:
        raise source.bad("its header announces no triangles", "Check that it is an STL file.")
    table = np.frombuffer(source.data, _RECORD, announced, 84)
    parsed = _soup(table["corners"].reshape(-1, 3), notes)
    if table["attribute"].any():
        parsed.left.append("attributes of triangles, which some programs use for colours")
    return parsed


def _read_text(source: Source) -> Parsed:
    data = plain_lines(source.data, comment=b"\0").lower()
    data, starts = without_indents(data, line_starts(data))
    if data.count(b"vertex") != data.count(b"\nvertex"):
        data = _NAME.sub(rb"\1\n", data)  # a solid may be called a vertex
        starts = line_starts(data)
    is_corner = np.frombuffer(data + b"\n", np.uint8)[starts] == ord("v")
    if data.count(b"vertex") == np.count_nonzero(is_corner):
        block = lines_where(data, starts, is_corner).replace(b"vertex", b" ")
    else:
        block = b" ".join(word for corner in _CORNER.findall(data) for word in corner)  # the format is free of lines
    values = floats(block, source)
    if len(values) % 9 or (len(values) and data.rfind(b"endfacet") < data.rfind(b"vertex")):
        raise source.bad("its last triangle is incomplete", "The file is cut short or damaged.")
    if len(values) == 0:
        raise source.bad("it holds no triangles", "Check that it is an STL file.")
    return _soup(values.reshape(-1, 3), _about_solids(data))


def _about_solids(data: bytes) -> list[str]:
    notes, last = [], data.rfind(b"endfacet")
    n_solids = len(re.findall(rb"\bendsolid\b", data))
    if data.find(b"endsolid", last) < 0:
        notes.append("It ends without endsolid: it may be cut short, and triangles be missing.")
    if n_solids > 1:
        notes.append(f"Its {n_solids} solids are read as one shape.")
    return notes


def _soup(points: np.ndarray, notes: list[str]) -> Parsed:
    faces = np.arange(len(points)).reshape(-1, 3)
    return Parsed(points, Polygons.uniform(faces), notes=notes, weld=True)


def write_stl(shape: Shape) -> bytes:
    """Binary STL in single precision; text of full precision where that would move vertices far from the origin."""
    corners = shape.vertices[shape.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.where(lengths > 0, lengths, 1.0)
    if np.abs(shape.vertices).max() > FAR * shape.diagonal:
        lines = [
            f"facet normal {' '.join(map(repr, n))}\nouter loop\n{table_text(c, 'vertex ')}endloop\nendfacet\n"
            for n, c in zip(normals.tolist(), corners, strict=True)
        ]
        return f"solid geomlearn\n{''.join(lines)}endsolid geomlearn\n".encode()
    table = np.zeros(shape.n_faces, _RECORD)
    table["normal"], table["corners"] = normals, corners
    return b"geomlearn".ljust(80, b"\0") + np.array(shape.n_faces, "<u4").tobytes() + table.tobytes()
