"""Stereolithography STL, binary and ASCII: triangles without connections, welded where corners are equal."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.parsed import Parsed, Source
from geomlearn.shapes.io.text import floats, line_starts, lines_where, plain_lines, without_indents
from geomlearn.shapes.triangulate import Polygons

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_TEXT = re.compile(rb"\s*solid\b[^\n]*\n(?:\s*(?:color|#)[^\n]*\n)*\s*(?:facet|endsolid)", re.IGNORECASE)


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
    corners = np.frombuffer(source.data, _RECORD, announced, 84)["corners"]
    return _soup(corners.reshape(-1, 3), notes)


def _read_text(source: Source) -> Parsed:
    data = without_indents(plain_lines(source.data, comment=b"\0").lower())
    starts = line_starts(data)
    is_corner = np.frombuffer(data + b"\n", np.uint8)[starts] == ord("v")
    values = floats(lines_where(data, starts, is_corner).replace(b"vertex", b" "), source)
    if len(values) % 9:
        raise source.bad("its last triangle is incomplete", "The file is cut short or damaged.")
    if len(values) == 0:
        raise source.bad("it holds no triangles", "Check that it is an STL file.")
    return _soup(values.reshape(-1, 3), [])


def _soup(points: np.ndarray, notes: list[str]) -> Parsed:
    faces = np.arange(len(points)).reshape(-1, 3)
    return Parsed(points, Polygons.uniform(faces), notes=notes, weld=True)
