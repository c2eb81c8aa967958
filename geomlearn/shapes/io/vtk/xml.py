"""VTK's XML files (.vtp, .vtu): points, cells and point data of all pieces."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np

from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import integers
from geomlearn.shapes.io.vtk.cell_types import POLYHEDRON
from geomlearn.shapes.io.vtk.cells import Grid, surface
from geomlearn.shapes.io.vtk.document import TYPES, Document
from geomlearn.shapes.io.vtk.offsets import cells_from_ends
from geomlearn.shapes.io.vtk.polyhedra import polyhedra
from geomlearn.shapes.triangulate import Polygons

_LISTS = {"Verts": 2, "Lines": 4, "Polys": 7, "Strips": 6}
_START = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<VTKFile\b", re.DOTALL)


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
        if array.get("type") in TYPES:
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
    cells = cells_from_ends(corners, ends, document.source)
    if kind is not None:
        return cells, np.broadcast_to(np.int64(kind), cells.n)
    if "types" not in found:
        raise document.source.bad("the types of its cells are missing")
    types = document.column(found["types"])
    if len(types) != cells.n:
        raise document.source.bad(f"it has {cells.n} cells, but {len(types)} cell types")
    return cells, types
