"""Legacy VTK files (.vtk), ASCII and binary, of surfaces and unstructured grids."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.meshes.ragged import walk
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.vtk.attributes import read_attributes, read_field
from geomlearn.shapes.io.vtk.cells import Grid, surface
from geomlearn.shapes.io.vtk.cursor import KEYWORD, Cursor, count_in
from geomlearn.shapes.io.vtk.offsets import cells_from_offsets
from geomlearn.shapes.triangulate import Polygons

# The cell type that the lists of a polygonal dataset stand for.
_POINT_DATA = re.compile(rb"\n[ \t]*(POINT_DATA[ \t]+\d)", re.IGNORECASE)
_LISTS = {"VERTICES": 2, "LINES": 4, "POLYGONS": 7, "TRIANGLE_STRIPS": 6}


def is_legacy_vtk(source: Source) -> bool:
    """Whether it begins with the name of this format."""
    return source.head.startswith(b"# vtk DataFile")


def read_legacy_vtk(source: Source) -> Parsed:
    """The surface of a POLYDATA or UNSTRUCTURED_GRID dataset.

    Raises
    ------
    FormatError   another kind of dataset, or the file is damaged or cut short.
    """
    return surface(read_legacy_grid(source), source)


def read_legacy_grid(source: Source) -> Grid:
    """All of the file: points, cells, point data."""
    cursor = Cursor(source)
    words = cursor.words()
    if len(words) < 2 or words[0].upper() != "DATASET":
        raise source.bad("its DATASET line is missing")
    if words[1].upper() not in ("POLYDATA", "UNSTRUCTURED_GRID"):
        raise source.bad(
            f"it holds a {words[1][:30]}, which is no surface",
            "Extract its surface (in ParaView: Extract Surface) and save that.",
        )
    grid, at_point_data = _geometry(cursor, source)
    if at_point_data == len(grid.points):
        read_attributes(cursor, grid)
    if grid.cells.n == 0:
        if words[1].upper() == "UNSTRUCTURED_GRID":
            raise source.bad("its CELLS are missing", "The file is cut short or damaged.")
        grid.notes.append(f"{source.name} holds no cells: if it should be a mesh, it is cut short.")
    return grid


def _geometry(cursor: Cursor, source: Source) -> tuple[Grid, int]:
    """Points and cells, and what the point data that follow say is their count."""
    points, parts, types, at_point_data, has_cell_data = None, [], [], 0, False
    while words := cursor.words():
        key = words[0].upper()
        if key == "POINTS":
            kind = words[2] if len(words) > 2 else "float"
            points = cursor.numbers(3 * count_in(words, 1, source), kind).reshape(-1, 3)
        elif key in _LISTS or key == "CELLS":
            parts.append(_cells(cursor, words))
            types.append(np.full(parts[-1].n, _LISTS.get(key, 0)))
        elif key == "CELL_TYPES":
            types = [cursor.numbers(count_in(words, 1, source), "int").astype(np.int64)]
        elif key == "POINT_DATA":
            at_point_data = count_in(words, 1, source)
            break
        elif key == "CELL_DATA":
            cursor.skip_to(_POINT_DATA)
            has_cell_data = True
        elif key == "METADATA":
            cursor.skip_paragraph()
        elif key == "FIELD":
            read_field(cursor, words, Grid(np.zeros((0, 3)), Polygons.none(), np.zeros(0, np.int64)))
        else:
            cursor.skip_to(KEYWORD)
    if points is None:
        raise source.bad("it holds no POINTS")
    cells, kinds = Polygons.joined(parts), np.concatenate([np.zeros(0, np.int64), *types])
    if len(kinds) != cells.n:
        raise source.bad(f"it has {cells.n} cells, but {len(kinds)} cell types")
    return Grid(points, cells, kinds, left=["cell data"] if has_cell_data else []), at_point_data


def _cells(cursor: Cursor, words: list[str]) -> Polygons:
    source = cursor.source
    n, size = count_in(words, 1, source), count_in(words, 2, source)
    place = cursor.at
    head = cursor.words()
    if head and head[0].upper() == "OFFSETS":
        # Since version 5 offsets and corners stand apart; the counts of the headline are those of the arrays.
        offsets = cursor.numbers(n, head[-1]).astype(np.int64)
        head = cursor.words()
        if not head or head[0].upper() != "CONNECTIVITY":
            raise source.bad("its CONNECTIVITY line is missing")
        return cells_from_offsets(cursor.numbers(size, head[-1]).astype(np.int64), offsets, source)
    cursor.at = place
    polygons, end = walk(cursor.numbers(size, "int"), n)
    if polygons is None or end != size:
        raise source.bad(f"its {n} {words[0].lower()} do not fill the {size} numbers announced for them")
    return polygons
