"""Object File Format: ASCII and both kinds of binary in use, with normals and colours per vertex."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io.meshes.ragged import walk
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, plain_lines, rows, spread, table_text, token_counts, whole
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_HEADER = re.compile(rb"\s*(ST)?(C)?(N)?(4)?(n)?(?:OFF|off)(?![A-Za-z])([ \t]*BINARY[^\n]*\n)?")
_COMMENTS = re.compile(rb"\A(?:\s*#[^\n]*\n)*")


def _header(head: bytes) -> re.Match[bytes] | None:
    comments = _COMMENTS.match(head)
    return _HEADER.match(head, comments.end() if comments else 0)


def is_off(source: Source) -> bool:
    """Whether the file begins with the word OFF, as COFF and the like, after comments."""
    return _header(source.head) is not None


def read_off(source: Source) -> Parsed:
    """Positions, faces, and the normals and colours that the header announces.

    Raises
    ------
    FormatError   the header is not that of an OFF file, or the file holds less than it announces.
    """
    header = _header(source.data)
    if header is None:
        raise source.bad("it does not begin with OFF", "Check that it is an OFF file.")
    if header[4] or header[5]:
        raise source.bad("its vertices have more than three dimensions", "Project it to three dimensions first.")
    if header[6]:
        return _read_binary(source, header)
    return _read_text(source, header)


def _read_text(source: Source, header: re.Match[bytes]) -> Parsed:
    data = plain_lines(source.data[header.end() :])
    try:
        return _by_lines(data, source, header)
    except FormatError:
        # The format is free of lines: a record may go on in the next one, where nothing else does.
        parsed = _by_words(data, source, header)
        if parsed is None:
            raise
        return parsed


def _by_words(data: bytes, source: Source, header: re.Match[bytes]) -> Parsed | None:
    """The file as one row of numbers, when vertices and faces without colours of their own fill it exactly."""
    try:
        values = floats(data, source)
    except FormatError:
        return None
    if len(values) < 3 or not (values[:2] >= 0).all() or not (values[:2] == np.floor(values[:2])).all():
        return None
    n_vertices, n_faces = int(values[0]), int(values[1])
    for width in (3 + 3 * bool(header[3]) + extra for extra in ((3, 4, 0) if header[2] else (0,))):
        rest = values[3 + width * n_vertices :]
        if len(values) < 3 + width * n_vertices or not (rest == np.floor(rest)).all() or not (abs(rest) < 2**53).all():
            continue
        polygons, end = walk(rest.astype(np.int64), n_faces)
        if polygons is not None and end == len(rest):
            parsed = _columns(values[3 : 3 + width * n_vertices].reshape(-1, width), header)
            parsed.polygons = polygons if n_faces else None
            return parsed
    return None


def _by_lines(data: bytes, source: Source, header: re.Match[bytes]) -> Parsed:
    layout = token_counts(data)
    block, words = rows(data, 0, 1, layout)
    if len(words) == 0 or words[0] < 2:
        raise source.bad("the numbers of vertices and faces are missing after OFF")
    n_vertices, n_faces = _counts(integers(block, source), source)
    block, words = rows(data, 1, n_vertices, layout)
    if len(words) < n_vertices:
        raise source.short(n_vertices, len(words), "vertices")
    parsed = _vertices(block, words, header, source)
    if n_vertices and words.max() > _n_columns(header):
        parsed.left.append("texture coordinates" if header[1] else "further numbers of vertices")
    block, words = rows(data, 1 + n_vertices, n_faces, layout)
    if len(words) < n_faces:
        raise source.short(n_faces, len(words), "faces")
    if n_faces:
        parsed.polygons = _faces(block, words, source)
        if (words - 1 > parsed.polygons.counts).any():
            parsed.left.append("colours of faces")
    else:
        parsed.notes.append(f"{source.name} has no faces: read as a point cloud.")
    return parsed


def _n_columns(header: re.Match[bytes]) -> int:
    """How many numbers of a vertex are read at most: its place, and what the header announces."""
    return 3 + 3 * bool(header[3]) + 4 * bool(header[2])


def _counts(numbers: np.ndarray, source: Source) -> tuple[int, int]:
    n_vertices, n_faces = int(numbers[0]), int(numbers[1])
    if n_vertices < 0 or n_faces < 0:
        raise source.bad(f"its header announces {n_vertices} vertices and {n_faces} faces")
    return n_vertices, n_faces


def _vertices(block: bytes, words: np.ndarray, header: re.Match[bytes], source: Source) -> Parsed:
    values = floats(block, source)
    if len(words) == 0:
        return Parsed(np.zeros((0, 3)))
    width = int(words.min())
    if width < 3:
        raise source.bad(f"vertex {int(words.argmin())} has {width} coordinates", "The file is cut short or damaged.")
    begins = np.cumsum(words) - words
    return _columns(values[begins[:, None] + np.arange(width)], header)


def _columns(table: np.ndarray, header: re.Match[bytes]) -> Parsed:
    width = table.shape[1]
    after = 6 if header[3] and width >= 6 else 3
    normals = table[:, 3:6] if after == 6 else None
    colors = table[:, after : after + 3] if header[2] and width >= after + 3 else None
    return Parsed(table[:, :3], normals=normals, colors=colors)


def _faces(block: bytes, words: np.ndarray, source: Source) -> Polygons:
    values = floats(block, source) if b"." in block else integers(block, source)
    begins = np.cumsum(words) - words
    counts = whole(values[begins], source)
    wrong = np.flatnonzero((counts < 0) | (counts > words - 1))
    if len(wrong):
        face = int(wrong[0])
        raise source.bad(f"face {face} announces {counts[face]} corners, but its line holds {words[face] - 1}")
    corners = values[spread(begins + 1, counts)]
    return Polygons(whole(corners, source), counts)


def _read_binary(source: Source, header: re.Match[bytes]) -> Parsed:
    data = source.data[header.end() :]
    if len(data) < 12:
        raise source.bad("it ends inside its header", "The file is cut short.")
    # Big-endian by the format's definition; some programs write the machine's own order. Only one of them fits.
    found = []
    for order in (">", "<"):
        n_vertices, n_faces = np.frombuffer(data, order + "i4", 2).tolist()
        # A face takes at least its corner count; a vertex three numbers.
        if n_vertices >= 0 and n_faces >= 0 and 12 + 12 * n_vertices + 4 * n_faces <= len(data):
            found.append((order, n_vertices, n_faces))
    if not found:
        n_vertices, n_faces = np.frombuffer(data, "<i4", 2).tolist()
        raise source.bad(
            f"its header announces {n_vertices} vertices and {n_faces} faces, more than the file holds",
            "The file is cut short or damaged.",
        )
    order, n_vertices, n_faces = found[0]
    points = np.frombuffer(data, order + "f4", 3 * n_vertices, 12).reshape(-1, 3)
    rest = data[12 + 12 * n_vertices :]
    integers_left = np.frombuffer(rest, order + "i4", len(rest) // 4)
    # By definition each face ends with the number of its colour components; some programs leave that out.
    for extra in (0, 1):
        polygons, end = walk(integers_left, n_faces, extra)
        if polygons is not None and end == len(integers_left):
            return Parsed(points, polygons)
    raise source.bad("its faces do not fill the rest of the file", "The file is cut short or damaged.")


def write_off(shape: Shape) -> bytes:
    """ASCII OFF of full precision, as COFF or NOFF where there are colours or normals."""
    columns = np.hstack([a for a in (shape.vertices, shape.normals, shape.colors) if a is not None])
    kind = ("C" if shape.colors is not None else "") + ("N" if shape.normals is not None else "") + "OFF"
    head = f"{kind}\n{shape.n_vertices} {shape.n_faces} 0\n"
    return (head + table_text(columns) + table_text(shape.faces, "3 ")).encode()
