"""The surface of VTK cells: polygons and strips as they are, solid cells by their outside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geomlearn.shapes.io.meshes.ragged import strips
from geomlearn.shapes.io.parsed import Parsed, Source
from geomlearn.shapes.triangulate import Polygons

_TRIANGLE, _STRIP, _POLYGON, _PIXEL, _QUAD = 5, 6, 7, 8, 9
# Curved cells keep their corners first: (type, corners) of the straight cell they become.
_CURVED = {22: (5, 3), 23: (9, 4), 24: (10, 4), 25: (12, 8), 26: (13, 6), 27: (14, 5), 28: (9, 4), 29: (12, 8)}
_SOLID_FACES = {
    10: ((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)),
    11: ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)),
    12: ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (0, 4, 7, 3), (1, 2, 6, 5)),
    13: ((0, 1, 2), (3, 5, 4), (0, 3, 4, 1), (1, 4, 5, 2), (0, 2, 5, 3)),
    14: ((0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)),
}
_SOLID_CORNERS = {10: 4, 11: 8, 12: 8, 13: 6, 14: 5}


@dataclass
class Grid:
    """What both VTK file families boil down to.

    Attributes
    ----------
    points      (n, 3)
    cells       corners and counts of all cells.
    types       (c,) VTK's number of each cell's type.
    point_data  named arrays with one row per point.
    """

    points: np.ndarray
    cells: Polygons
    types: np.ndarray
    point_data: dict[str, np.ndarray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def surface(grid: Grid, source: Source) -> Parsed:
    """The grid's surface as polygons, with the normals and colours among its point data.

    Raises
    ------
    FormatError   a cell has another number of corners than its type.
    """
    parsed = Parsed(grid.points, notes=grid.notes)
    cells, types, parts = grid.cells, grid.types, []
    if cells.n and len(cells.corners) and not 0 <= cells.corners.min() <= cells.corners.max() < len(grid.points):
        parsed.polygons = cells  # the common check says which cell is wrong
        return parsed
    flat = cells.keep(np.isin(types, (_TRIANGLE, _POLYGON, _QUAD)))
    if flat.n:
        parts.append(flat)
    for kind in np.unique(types).tolist():
        chosen = cells.keep(types == kind)
        straight, corners = _CURVED.get(kind, (kind, _SOLID_CORNERS.get(kind, 4)))
        if kind == _STRIP:
            parts.append(Polygons.uniform(strips(chosen.corners, chosen.counts)))
        elif kind == _PIXEL or kind in _CURVED or kind in _SOLID_FACES:
            if (chosen.counts < corners).any():
                raise source.bad(f"a cell of type {kind} has {chosen.counts.min()} corners instead of {corners}")
            table = chosen.corners[chosen.starts[:, None] + np.arange(corners)]
            if straight in _SOLID_FACES:
                parts += _outside(table, _SOLID_FACES[straight])
                parsed.compact = True
            else:
                parts.append(Polygons.uniform(table[:, [0, 1, 3, 2]] if kind == _PIXEL else table))
    if parsed.compact:
        parsed.notes.append("The file holds a volume: its outer surface was read, without the vertices inside.")
    parsed.polygons = Polygons.joined(parts) if parts else None
    parsed.normals, parsed.colors = _normals(grid), _colors(grid)
    return parsed


def _outside(table: np.ndarray, faces: tuple[tuple[int, ...], ...]) -> list[Polygons]:
    """The faces that belong to one cell only."""
    out = []
    for size in (3, 4):
        local = [face for face in faces if len(face) == size]
        if not local:
            continue
        all_faces = table[:, np.array(local)].reshape(-1, size)
        _, first, counts = np.unique(np.sort(all_faces, axis=1), axis=0, return_index=True, return_counts=True)
        out.append(Polygons.uniform(all_faces[np.sort(first[counts == 1])]))
    return out


def _normals(grid: Grid) -> np.ndarray | None:
    for name, values in grid.point_data.items():
        if name.lower() in ("normals", "normal") and values.shape == grid.points.shape:
            return values
    return None


def _colors(grid: Grid) -> np.ndarray | None:
    for name, values in grid.point_data.items():
        three = values.ndim == 2 and values.shape[1] in (3, 4) and len(values) == len(grid.points)
        if three and (name.lower() in ("rgb", "rgba", "colors", "color") or values.dtype == np.uint8):
            return values
    return None
