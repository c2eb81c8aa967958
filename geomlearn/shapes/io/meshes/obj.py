"""Wavefront OBJ: vertices, colours after the coordinates, polygons with any slashes and negative indices."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import (
    floats,
    integers,
    line_starts,
    lines_where,
    plain_lines,
    table_text,
    token_counts,
    without_indents,
)
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_KEYWORD = re.compile(rb"^[ \t]*(?:v[ \t]|vn[ \t]|vt[ \t]|f[ \t]|o[ \t]|g[ \t]|mtllib[ \t]|usemtl[ \t])", re.MULTILINE)
_FREE_FORM = re.compile(rb"(?m)^(?:curv|curv2|surf)[ \t]")


def is_obj(source: Source) -> bool:
    """Whether the first line that is no comment begins with a word of OBJ."""
    lines = (line for line in source.head.splitlines() if line.strip() and line.strip()[:1] != b"#")
    return _KEYWORD.match(next(lines, b"")) is not None


def read_obj(source: Source) -> Parsed:
    """Positions, faces, colours and, where each vertex has its own, normals.

    Texture coordinates and materials are left aside: vertices stay the file's, never split at texture seams.

    Raises
    ------
    FormatError   no vertices, or something that is not a number.
    """
    data = plain_lines(source.data)
    if b"\\" in data:
        data = data.replace(b"\\\n", b" ")
    data, starts = without_indents(data, line_starts(data))
    first, second = _leading(data, starts)
    space = (second == 32) | (second == 9)
    is_vertex, is_face = (first == ord("v")) & space, (first == ord("f")) & space
    is_normal = (first == ord("v")) & (second == ord("n"))
    if not is_vertex.any():
        raise source.bad("it holds no vertices (no line begins with v)", "Check that it is a Wavefront OBJ file.")
    numbers = _unmarked(data, starts, is_vertex | is_face, is_normal)
    points, colors = _vertices(lines_where(numbers, starts, is_vertex), source)
    parsed = Parsed(points, colors=colors, base=1)
    normals = lines_where(numbers, starts, is_normal) if is_normal.sum() == len(points) else b""
    if is_face.any():
        block = lines_where(numbers, starts, is_face)
        parsed.polygons = _faces(_before_slash(block), is_vertex, is_face, source)
        if not (normals and _normals_follow_vertices(block)):
            normals = b""
    else:
        parsed.notes.append(f"{source.name} has no faces: read as a point cloud.")
    if normals:
        parsed.normals = _vertices(normals, source)[0]
    parsed.left = _left(data, starts, first, second, kept_normals=bool(normals))
    return parsed


def _left(data: bytes, starts: np.ndarray, first: np.ndarray, second: np.ndarray, *, kept_normals: bool) -> list[str]:
    """What the file holds beside a surface with a normal and a colour for each vertex."""
    left = ["texture coordinates"] if ((first == ord("v")) & (second == ord("t"))).any() else []
    if not kept_normals and ((first == ord("v")) & (second == ord("n"))).any():
        left.append("normals of corners")
    blank = (second == 32) | (second == 9)
    counted = ((first == ord("u"), b"usemtl", "material"), ((first == ord("g")) & blank, b"g", "group"))
    for mask, word, noun in (*counted, ((first == ord("o")) & blank, b"o", "object")):
        names = {line for line in lines_where(data, starts, mask).split(b"\n") if line.split()[:1] == [word]}
        if len(names) > (noun != "material"):  # one group is the whole
            left.append(f"{len(names)} {noun}s" if len(names) > 1 else f"1 {noun}")
    if ((first == ord("l")) & blank).any():
        left.append("lines")
    if _FREE_FORM.search(lines_where(data, starts, (first == ord("c")) | (first == ord("s")))):
        left.append("free-form curves and surfaces")
    return left


def _leading(data: bytes, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(l,) the first byte of each line, and the second, or that of the next line."""
    buffer = np.frombuffer(data, np.uint8)
    return buffer[starts], buffer.take(starts + 1, mode="clip")


def _unmarked(data: bytes, starts: np.ndarray, one: np.ndarray, two: np.ndarray) -> memoryview:
    """`data` without the letter that lines `one` (l,) begin with, and the two letters of lines `two` (l,)."""
    buffer = np.frombuffer(data, np.uint8).copy()
    buffer[starts[one | two]] = 32
    buffer[starts[two] + 1] = 32
    return buffer.data


def _vertices(block: bytes, source: Source) -> tuple[np.ndarray, np.ndarray | None]:
    counts, _ = token_counts(block)
    values = floats(block, source)
    few = np.flatnonzero(counts < 3)
    if len(few):
        raise source.bad(f"vertex {few[0] + 1} has {counts[few[0]]} coordinates", "The file is cut short or damaged.")
    if (counts == 3).all():
        return values.reshape(-1, 3), None
    begins = np.cumsum(counts) - counts
    points = values[begins[:, None] + np.arange(3)]
    colors = values[begins[:, None] + np.arange(3, 6)] if counts.min() >= 6 else None
    return points, colors


def _before_slash(block: bytes) -> bytes:
    """The first index of each corner: ``12/7/3`` becomes ``12``."""
    if b"/" not in block:
        return block
    buffer = np.frombuffer(block, np.uint8).copy()
    at = np.arange(len(buffer), dtype=np.int32 if len(buffer) < 2**31 else np.int64)
    last_slash = np.maximum.accumulate(np.where(buffer == ord("/"), at, -1))
    last_space = np.maximum.accumulate(np.where(buffer <= 32, at, 0))
    buffer[(last_slash > last_space)] = 32
    return buffer.tobytes()


def _faces(block: bytes, is_vertex: np.ndarray, is_face: np.ndarray, source: Source) -> Polygons:
    counts, _ = token_counts(block)
    corners = integers(block, source)
    if (corners == 0).any():
        raise source.bad("a face refers to vertex 0, but OBJ files count from 1", "Export it again, counting from 1.")
    if corners.min(initial=1) < 0:  # counted back from the last vertex before the face
        before = np.cumsum(is_vertex)[is_face]
        corners = np.where(corners < 0, np.repeat(before, counts) + corners + 1, corners)
    return Polygons(corners - 1, counts)


def _normals_follow_vertices(block: bytes) -> bool:
    """Whether every corner names the normal with the number of its vertex."""
    if b"/" not in block:
        return False
    words = block.split()
    return all(word.partition(b"/")[0] == word.rpartition(b"/")[2] for word in words)


def write_obj(shape: Shape) -> bytes:
    """OBJ text of full precision, with colours after the coordinates where there are any."""
    columns = shape.vertices if shape.colors is None else np.hstack([shape.vertices, shape.colors])
    parts = [table_text(columns, "v ")]
    faces = shape.faces + 1
    if shape.normals is None:
        parts.append(table_text(faces, "f "))
    else:
        parts.append(table_text(shape.normals, "vn "))
        parts += [f"f {a}//{a} {b}//{b} {c}//{c}\n" for a, b, c in faces.tolist()]
    return "".join(parts).encode()
