"""Stanford PLY: ASCII and both byte orders, polygons and strips, with normals and colours per vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.shapes.io.parsed import Parsed, Source
from geomlearn.shapes.io.ply_rows import Property, binary_rows, text_rows
from geomlearn.shapes.io.ragged import strips
from geomlearn.shapes.io.text import plain_lines, token_counts
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"},
    **{"int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8", "float32": "f4", "float64": "f8"},
}
_INDICES = ("vertex_indices", "vertex_index")


@dataclass
class Element:
    """One element of the header: so many rows of these properties."""

    name: str
    count: int
    properties: list[Property]


def is_ply(source: Source) -> bool:
    return source.head[:3] == b"ply" and source.head[3:4] in (b"\n", b"\r", b" ")


def read_ply(source: Source) -> Parsed:
    """Positions, faces, normals and colours; everything else in the file is stepped over.

    Raises
    ------
    FormatError   the header is damaged, or the file holds less than it announces.
    """
    kind, elements, start = _header(source)
    if not any(element.name == "vertex" for element in elements):
        raise source.bad("its header announces no vertices", "Check that it is a mesh or a point cloud.")
    if kind == "ascii":
        data = plain_lines(source.data[start:])
        layout, line = token_counts(data), 0
    else:
        order = ">" if kind == "binary_big_endian" else "<"
    tables, position = {}, start
    for element in elements:
        if kind == "ascii":
            table = text_rows(data, layout, line, element, source)
            line += element.count
        else:
            table, position = binary_rows(source.data, position, element, order, source)
        tables.setdefault(element.name, table)
        if "vertex" in tables and ("face" in tables or "tristrips" in tables):
            break
    return _parsed(tables, source)


def _header(source: Source) -> tuple[str, list[Element], int]:
    """The kind of body, the elements, and the byte where the body begins."""
    end = source.data.find(b"end_header", 0, 1 << 20)
    if source.data[:3] != b"ply" or end < 0:
        raise source.bad("it has no complete PLY header", "Check that it is a PLY file and not cut short.")
    # The body begins right after the line end; binary data may look like further line ends.
    after = end + len(b"end_header")
    after += 2 if source.data[after : after + 2] == b"\r\n" else 1
    kind, elements = "", []
    for line in source.data[:end].decode("latin-1").replace("\r", "\n").split("\n"):
        words = line.split()
        try:
            if words[:1] == ["format"]:
                kind = words[1]
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], _count(words[2]), []))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append(Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append(Property(words[2], _TYPES[words[1]], None))
        except (IndexError, KeyError, ValueError):
            raise source.bad(f"its header has the line '{line[:60]}'") from None
    if kind not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise source.bad(f"its header announces the format '{kind[:30]}'")
    return kind, elements, after


def _count(word: str) -> int:
    count = int(word)
    if count < 0:
        raise ValueError
    return count


def _parsed(tables: dict[str, dict], source: Source) -> Parsed:
    vertex = tables["vertex"]
    if not {"x", "y", "z"} <= vertex.keys():
        raise source.bad("its vertices lack one of x, y, z")
    parsed = Parsed(_columns(vertex, "x", "y", "z"))
    parsed.normals = _columns(vertex, "nx", "ny", "nz") if {"nx", "ny", "nz"} <= vertex.keys() else None
    for names in (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b")):
        if set(names) <= vertex.keys() and parsed.colors is None:
            parsed.colors = _columns(vertex, *names)
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


def write_ply(shape: Shape, point_data: dict[str, np.ndarray]) -> bytes:
    """Little-endian PLY in double precision; each scalar of `point_data` becomes a vertex property."""
    fields = [(name, "<f8", shape.vertices[:, i]) for i, name in enumerate("xyz")]
    if shape.normals is not None:
        fields += [("n" + name, "<f8", shape.normals[:, i]) for i, name in enumerate("xyz")]
    if shape.colors is not None:
        bytes_ = np.rint(shape.colors * 255)
        fields += [(name, "u1", bytes_[:, i]) for i, name in enumerate(("red", "green", "blue"))]
    fields += [(name, "<f8", values) for name, values in point_data.items()]
    table = np.empty(shape.n_vertices, [(name, code) for name, code, _ in fields])
    for name, _, values in fields:
        table[name] = values
    faces = np.empty(shape.n_faces, [("n", "u1"), ("corners", "<i4", 3)])
    faces["n"], faces["corners"] = 3, shape.faces
    words = {"<f8": "double", "u1": "uchar"}
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {shape.n_vertices}"]
    header += [f"property {words[code]} {name}" for name, code, _ in fields]
    if shape.n_faces:
        header += [f"element face {shape.n_faces}", "property list uchar int vertex_indices"]
    return "\n".join([*header, "end_header", ""]).encode() + table.tobytes() + faces.tobytes()
