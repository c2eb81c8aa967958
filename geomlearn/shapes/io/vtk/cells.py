"""The surface of VTK cells: polygons and strips as they are, solid cells by their outside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geomlearn.shapes.io.meshes.ragged import strips
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.vtk.cell_types import (
    BY_CORNERS,
    CELLS,
    FLAT,
    PIXEL,
    POLYHEDRON,
    QUADRATIC_POLYGON,
    STRIP,
    THIN,
    Cell,
)
from geomlearn.shapes.io.vtk.outside import outside_of
from geomlearn.shapes.io.vtk.polyhedra import faces_of_polyhedron
from geomlearn.shapes.triangulate import Polygons


@dataclass
class Grid:
    """What both VTK file families boil down to.

    Attributes
    ----------
    points      (n, 3)
    cells       corners and counts of all cells; of polyhedra their points, or their faces one after the other.
    types       (c,) VTK's number of each cell's type.
    point_data  named arrays with one row per point.
    polyhedra   faces of the polyhedra where the file keeps them apart from the cells.
    left        what else is in the file and is not read.
    """

    points: np.ndarray
    cells: Polygons
    types: np.ndarray
    point_data: dict[str, np.ndarray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    polyhedra: Polygons | None = None
    left: list[str] = field(default_factory=list)


def surface(grid: Grid, source: Source) -> Parsed:
    """The grid's surface as polygons, with the normals and colours among its point data.

    A face between two solid cells, of whatever types, is inside and left out.

    Raises
    ------
    FormatError   a cell has fewer nodes than its type.
    """
    parsed = Parsed(grid.points, notes=grid.notes, point_data=dict(grid.point_data), left=list(grid.left))
    cells, types = grid.cells, grid.types
    stream = _polyhedra(grid, source)
    ordinary = cells.keep(types != POLYHEDRON) if POLYHEDRON in kinds_of(types) else cells
    # What is flat already goes to the common check as it is.
    for polygons in (ordinary, stream) if not set(kinds_of(types)) <= set(FLAT) else ():
        if not polygons.refers_below(len(grid.points)):
            parsed.polygons = polygons  # the common check says which
            return parsed
    flat, solid = _by_type(cells, types, parsed, source)
    outside = outside_of([*solid, (stream, stream)])
    if outside.n or solid or stream.n:
        parsed.compact = True
        parsed.notes.append("The file holds a volume: its outer surface was read, without the vertices inside.")
    parts = [*flat, outside] if outside.n else flat
    parsed.polygons = Polygons.joined(parts) if parts else None
    _take_known(parsed, grid)
    return parsed


def _by_type(
    cells: Polygons, types: np.ndarray, parsed: Parsed, source: Source
) -> tuple[list[Polygons], list[tuple[Polygons, Polygons]]]:
    """Flat cells as polygons, and the faces of solid ones with the corners that tell them."""
    flat, solid = [], []
    kinds = kinds_of(types)
    polygons = cells if set(kinds) <= set(FLAT) else cells.keep(np.isin(types, FLAT))
    if polygons.n:
        flat.append(polygons)
    curved, thin, unknown = set(), set(), set()
    for kind in kinds:
        if kind in FLAT or kind == POLYHEDRON:
            continue
        chosen = cells.keep(types == kind)
        cell = CELLS.get(kind) or BY_CORNERS.get(kind)
        if kind == STRIP:
            flat.append(Polygons.uniform(strips(chosen.corners, chosen.counts)))
        elif kind == PIXEL:
            flat.append(Polygons.uniform(_nodes(chosen, 4, "pixels", source)[:, [0, 1, 3, 2]]))
        elif kind == QUADRATIC_POLYGON:
            flat.append(_interleaved(chosen))
        elif cell is not None:
            faces = _faces(_nodes(chosen, cell.n_nodes, cell.title, source), cell)
            solid.append(faces) if cell.solid else flat.append(faces[0])
            curved |= {cell.title} if kind in BY_CORNERS else set()
        elif kind in THIN:
            thin |= {THIN[kind]}
        else:
            unknown |= {f"{chosen.n} cells of type {kind}"}
    if curved:
        parsed.notes.append(f"Curved cells are read by their corners: {', '.join(sorted(curved))}.")
    if thin - {"empty cells", "points"} and (flat or solid):
        parsed.left.append("lines")
    parsed.left += sorted(unknown)
    return flat, solid


def kinds_of(types: np.ndarray) -> list[int]:
    """The numbers of types that occur, ascending; without sorting where all cells are of one."""
    alike = types.strides == (0,) or bool((types == types[:1]).all())
    return types[:1].tolist() if alike else np.unique(types).tolist()


def _nodes(chosen: Polygons, count: int, title: str, source: Source) -> np.ndarray:
    """(c, count) the first nodes of each cell."""
    if (chosen.counts < count).any():
        raise source.bad(f"its {title} have {chosen.counts.min()} nodes instead of {count}")
    return chosen.corners[chosen.starts[:, None] + np.arange(count)]


def _faces(table: np.ndarray, cell: Cell) -> tuple[Polygons, Polygons]:
    """The nodes around all faces, and their corners alone."""
    rings = [Polygons.uniform(table[:, list(face)]) for face in cell.faces]
    return Polygons.joined(rings), Polygons.joined([Polygons.uniform(table[:, list(face)]) for face in cell.corners])


def _interleaved(chosen: Polygons) -> Polygons:
    """Quadratic polygons: their corners come first, then the middles of edges."""
    parts = []
    for count in np.unique(chosen.counts).tolist():
        table, _ = chosen.of_size(count)
        half = count // 2
        both = table[:, : 2 * half].reshape(-1, 2, half)
        parts.append(Polygons.uniform(both.transpose(0, 2, 1).reshape(-1, 2 * half)))
    return Polygons.joined(parts)


def _polyhedra(grid: Grid, source: Source) -> Polygons:
    """The faces of all polyhedra: those kept apart, or those written as cells of ``n_faces, n, corner …``."""
    if grid.polyhedra is not None:
        return grid.polyhedra
    held = grid.cells.keep(grid.types == POLYHEDRON)
    parts = []
    for start, count in zip(held.starts.tolist(), held.counts.tolist(), strict=True):
        parts.append(faces_of_polyhedron(held.corners[start : start + count], source))
    return Polygons.joined(parts) if parts else Polygons.none()


def _take_known(parsed: Parsed, grid: Grid) -> None:
    """Normals and colours among the point data."""
    for name, values in grid.point_data.items():
        if parsed.normals is None and name.lower() in ("normals", "normal") and values.shape == grid.points.shape:
            parsed.normals = parsed.point_data.pop(name)
    for name, values in grid.point_data.items():
        three = values.ndim == 2 and values.shape[1] in (3, 4) and len(values) == len(grid.points)
        named = name.lower() in ("rgb", "rgba", "colors", "color")
        if parsed.colors is None and three and (named or values.dtype == np.uint8):
            parsed.colors = parsed.point_data.pop(name)
