"""Stanford PLY: ASCII and both byte orders, polygons and strips, with normals and colours per vertex."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from geomlearn.shapes.io.meshes.ply_binary import binary_rows
from geomlearn.shapes.io.meshes.ply_header import Element, Table, read_header
from geomlearn.shapes.io.meshes.ply_text import TextRows
from geomlearn.shapes.io.meshes.ragged import strips
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_INDICES = ("vertex_indices", "vertex_index")


def is_ply(source: Source) -> bool:
    """Whether the file begins with the word ply."""
    return source.head[:3] == b"ply" and source.head[3:4] in (b"\n", b"\r", b" ")


def read_ply(source: Source) -> Parsed:
    """Positions, faces, normals and colours; everything else in the file is stepped over.

    Raises
    ------
    FormatError   the header is damaged, or the file holds less than it announces.
    """
    kind, elements, start = read_header(source)
    if not any(element.name == "vertex" for element in elements):
        raise source.bad("its header announces no vertices", "Check that it is a mesh or a point cloud.")
    if kind == "ascii":
        body = TextRows(source.data, start, source)
    else:
        order = ">" if kind == "binary_big_endian" else "<"
    tables: dict[str, Table] = {}
    position = start
    for element in elements:
        if kind == "ascii":
            table = body.take(element)
        else:
            table, position = binary_rows(source.data, position, element, order, source)
        tables.setdefault(element.name, table)
        if "vertex" in tables and ("face" in tables or "tristrips" in tables):
            break
    parsed = _parsed(tables, source)
    parsed.left += _left(elements)
    return parsed


def _left(elements: list[Element]) -> list[str]:
    """What the header tells of beside vertices and the corners of faces."""
    left = [f"the element {e.name}" for e in elements if e.name not in ("vertex", "face", "tristrips") and e.count]
    more = [p.name for e in elements if e.name == "face" and e.count for p in e.properties if p.name not in _INDICES]
    return [*left, f"properties of faces ({', '.join(more)})"] if more else left


def _parsed(tables: dict[str, dict], source: Source) -> Parsed:
    vertex = tables["vertex"]
    if not {"x", "y", "z"} <= vertex.keys():
        raise source.bad("its vertices lack one of x, y, z")
    # Straight into double precision: on large files the time goes into touching fresh memory.
    points = np.empty((len(vertex["x"]), 3))
    for i, name in enumerate("xyz"):
        points[:, i] = vertex[name]
    parsed = Parsed(points)
    parsed.normals = _columns(vertex, "nx", "ny", "nz") if {"nx", "ny", "nz"} <= vertex.keys() else None
    for names in (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b")):
        if set(names) <= vertex.keys() and parsed.colors is None:
            parsed.colors, used_colors = _columns(vertex, *names), names
    used = {*"xyz", "nx", "ny", "nz", *(used_colors if parsed.colors is not None else ())}
    for name, column in vertex.items():
        if name not in used and isinstance(column, np.ndarray):
            parsed.point_data[name] = column
    parts = []
    for name in _INDICES:
        if name in tables.get("face", {}):
            parts.append(Polygons(*tables["face"][name]))
        if name in tables.get("tristrips", {}):
            parts.append(_strips(Polygons(*tables["tristrips"][name])))
    parsed.polygons = parts[0] if len(parts) == 1 else Polygons.joined(parts) if parts else None
    return parsed


def _columns(table: dict, *names: str) -> np.ndarray:
    return np.stack([table[name] for name in names], axis=1)


def _strips(polygons: Polygons) -> Polygons:
    """Triangles of strips, which inside a row are divided by -1."""
    divide = polygons.corners < 0
    row = np.repeat(np.arange(polygons.n), polygons.counts)
    strip = np.cumsum(divide) + row
    corners, strip = polygons.corners[~divide], strip[~divide]
    counts = np.bincount(strip) if len(strip) else np.zeros(0, np.int64)
    return Polygons.uniform(strips(corners, counts))


def write_ply(shape: Shape, point_data: dict[str, np.ndarray], metadata: Mapping[str, Any] | None = None) -> bytes:
    """Little-endian PLY in double precision; each column of `point_data` becomes a property of the vertices.

    The metadata are comments of the header, ``comment NAME JSON`` each.
    """
    fields = [(name, "<f8", shape.vertices[:, i]) for i, name in enumerate("xyz")]
    if shape.normals is not None:
        fields += [("n" + name, "<f8", shape.normals[:, i]) for i, name in enumerate("xyz")]
    if shape.colors is not None:
        bytes_ = np.rint(shape.colors * 255)
        fields += [(name, "u1", bytes_[:, i]) for i, name in enumerate(("red", "green", "blue"))]
    fields += [(name, "<f8", values) for name, values in _properties(point_data, {name for name, _, _ in fields})]
    table = np.empty(shape.n_vertices, [(name, code) for name, code, _ in fields])
    for name, _, values in fields:
        table[name] = values
    faces = np.empty(shape.n_faces, [("n", "u1"), ("corners", "<i4", 3)])
    faces["n"], faces["corners"] = 3, shape.faces
    words = {"<f8": "double", "u1": "uchar"}
    comments = [f"comment {name} {json.dumps(value)}" for name, value in (metadata or {}).items()]
    header = ["ply", "format binary_little_endian 1.0", *comments, f"element vertex {shape.n_vertices}"]
    header += [f"property {words[code]} {name}" for name, code, _ in fields]
    if shape.n_faces:
        header += [f"element face {shape.n_faces}", "property list uchar int vertex_indices"]
    return "\n".join([*header, "end_header", ""]).encode() + table.tobytes() + faces.tobytes()


def _properties(point_data: dict[str, np.ndarray], taken: set[str]) -> list[tuple[str, np.ndarray]]:
    """Columns by names that a PLY header can hold, none of them twice: ``heat``, ``velocity_0``, ``velocity_1`` …"""
    found = []
    for name, values in point_data.items():
        word = re.sub(r"[^!-~]+", "_", name) or "array"
        columns = {word: values} if values.ndim == 1 else {f"{word}_{i}": values[:, i] for i in range(values.shape[1])}
        for own, column in columns.items():
            while own in taken:
                own += "_"
            taken.add(own)
            found.append((own, column))
    return found
