"""Between a format's parser and a `Shape`: what was found in a file, and the common last steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from geomlearn.core.errors import CountsFromOne, MeshError
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons, triangulate
from geomlearn.shapes.welding import weld

# Lengths, areas and volumes of coordinates below this bound stay finite in double precision, up to sixth powers.
LARGEST = 1e50


@dataclass
class Parsed:
    """What a parser found in a file, in the file's own vertex order.

    Attributes
    ----------
    points    (n, 3) coordinates, possibly not finite.
    polygons  faces with any number of corners, possibly out of range; None for a cloud.
    normals   (n, 3) of any length, or None.
    colors    (n, 3 or 4) integers in [0, 255] or floats in [0, 1], or None.
    notes     sentences for the user.
    base      what the format counts vertices from, for sentences.
    weld      whether the format repeats vertices by design, so that equal ones are the same.
    weld_note what to say when some were; nothing where everybody expects it.
    compact   whether vertices of no face are there by design, and are to be left out.
    point_data  further named arrays with a row per point.
    left      what else is in the file and has no place in a shape, such as "3 materials".
    """

    points: np.ndarray
    polygons: Polygons | None = None
    normals: np.ndarray | None = None
    colors: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)
    base: int = 0
    weld: bool = False
    weld_note: str = ""
    compact: bool = False
    point_data: dict[str, np.ndarray] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


class Held(NamedTuple):
    """What a file holds: its shape, and named arrays (n,) or (n, c) with a row for each of its vertices."""

    shape: Shape
    point_data: dict[str, np.ndarray]


def finish(parsed: Parsed, source: Source, notes: Sequence[str] = (), index_base: int | None = None) -> Held:
    """The shape of a parsed file: indices checked, bad coordinates dropped, polygons triangulated.

    Parameters
    ----------
    index_base   what this file counts vertices from, in place of what its format does.

    Raises
    ------
    MeshError   no usable vertices, or a face refers to a vertex that is not there.
    """
    # Equal points are found twice as fast in single precision, where the file has it.
    is_single = parsed.weld and parsed.points.dtype == np.float32
    points = parsed.points if is_single else np.asarray(parsed.points, dtype=np.float64)
    if len(points) == 0:
        raise MeshError(f"{source.name} has no vertices.", "Export it again from the program that made it.")
    notes = [*notes, *parsed.notes]
    polygons = parsed.polygons or Polygons.none()
    if index_base is not None:
        polygons = Polygons(polygons.corners - (index_base - parsed.base), polygons.counts)
        parsed.base = index_base
    _check_indices(polygons, len(points), parsed.base, source)
    polygons = _drop_short(polygons, notes)
    bad = _not_finite(points)
    if bad.any():
        polygons = _without(polygons, bad, source, notes)
    faces = triangulate(points, polygons)
    _say_what_changed(polygons, parsed.left, notes)
    keep = ~bad
    if parsed.compact and len(faces):
        keep &= np.bincount(faces.ravel(), minlength=len(points)) > 0
    found = {"normals": _unit(parsed.normals, keep, notes), "colors": _fraction(parsed.colors, notes)}
    columns = {name: array for name, array in found.items() if array is not None}
    data = {name: array for name, array in parsed.point_data.items() if len(array) == len(points)}
    if not keep.all():
        faces = (np.cumsum(keep) - 1)[faces]
        points, columns, data = _rows(keep, points, columns, data)
    if parsed.weld:
        origin, index = weld(points)
        faces = index[faces]
        if parsed.weld_note and len(origin) < len(points):
            notes.append(parsed.weld_note)
        points, columns, data = _rows(origin, points, columns, data)
    points = np.asarray(points, dtype=np.float64)
    # Given away for good, so that the shape need not copy them.
    for array in (points, faces, faces.base):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return Held(Shape.of_checked(points, faces, name=source.stem, warnings=tuple(notes), **columns), data)


def _rows(chosen: np.ndarray, points: np.ndarray, *tables: dict[str, np.ndarray]) -> tuple[Any, ...]:
    return points[chosen], *({name: array[chosen] for name, array in table.items()} for table in tables)


def _say_what_changed(polygons: Polygons, left: Sequence[str], notes: list[str]) -> None:
    if polygons.n and (polygons.common_count or 0) != 3:
        large = int((polygons.counts > 3).sum())
        if large:
            notes.append(f"{_number(large, 'face')} of more than three corners cut into triangles.")
    if left:
        notes.append(f"Not read, since a shape has no place for it: {', '.join(left)}.")


def _not_finite(points: np.ndarray) -> np.ndarray:
    """(n,) whether a point has a coordinate that is not finite, or as large as no measure can be."""
    # Two passes without a table of the same size; comparisons with NaN are false.
    if points.max() < LARGEST and points.min() > -LARGEST:
        return np.zeros(len(points), bool)
    return ~(np.abs(points) < LARGEST).all(axis=1)


def _check_indices(polygons: Polygons, n: int, base: int, source: Source) -> None:
    if polygons.refers_below(n):
        return
    corners = polygons.corners
    at = int(np.flatnonzero((corners < 0) | (corners >= n))[0])
    face = int(np.searchsorted(np.cumsum(polygons.counts), at, side="right"))
    what = (
        f"{source.name} cannot be used as a mesh: face {face + base} refers to vertex {int(corners[at]) + base}, "
        f"but the file has {n} vertices."
    )
    if base == 0 and corners.min() >= 1 and corners.max() == n:
        raise CountsFromOne(what, "The faces are probably 1-based.")
    raise MeshError(what, "The file is probably damaged or cut short; export it again.")


def _drop_short(polygons: Polygons, notes: list[str]) -> Polygons:
    if (polygons.common_count or 0) >= 3:
        return polygons
    short = polygons.counts < 3
    if not short.any():
        return polygons
    notes.append(f"{_number(int(short.sum()), 'face')} with fewer than three corners left out.")
    return polygons.keep(~short)


def _without(polygons: Polygons, bad: np.ndarray, source: Source, notes: list[str]) -> Polygons:
    """The polygons that touch no bad vertex."""
    if bad.all():
        raise MeshError(f"{source.name} has no vertex with finite coordinates.", "Export it again.")
    first = int(np.flatnonzero(bad)[0])
    count = int(bad.sum())
    if polygons.n == 0:
        notes.append(f"{_number(count, 'point')} without finite coordinates left out.")
        return polygons
    touched = np.logical_or.reduceat(bad[polygons.corners], polygons.starts)
    notes.append(
        f"{_number(count, 'vertex')} without finite coordinates left out, with {_number(int(touched.sum()), 'face')}: "
        f"vertices after number {first} are numbered anew."
    )
    if touched.all():
        raise MeshError(f"{source.name} has no face whose vertices are finite.", "Export it again.")
    return polygons.keep(~touched)


def _unit(normals: np.ndarray | None, keep: np.ndarray, notes: list[str]) -> np.ndarray | None:
    if normals is None:
        return None
    normals = np.asarray(normals, dtype=np.float64)
    lengths = np.linalg.norm(normals, axis=1)
    usable = (lengths > 1e-12) & (lengths < LARGEST)
    if not usable[keep].all():
        notes.append("The file's normals are left out: some are zero or not finite.")
        return None
    return normals / np.where(usable, lengths, 1.0)[:, None]


def _fraction(colors: np.ndarray | None, notes: list[str]) -> np.ndarray | None:
    if colors is None:
        return None
    integer = np.issubdtype(colors.dtype, np.integer)
    scale = float(np.iinfo(colors.dtype).max) if integer and colors.dtype.itemsize <= 2 else 1.0
    colors = np.asarray(colors, dtype=np.float64)[:, :3] / scale
    finite = np.isfinite(colors)
    if not finite.all():
        notes.append(f"{_number(int((~finite.all(axis=1)).sum()), 'color')} without finite values set to grey.")
        colors = np.where(finite, colors, 0.5)
    if scale == 1.0 and colors.max(initial=0.0) > 1.0:
        colors = colors / 255.0
    return np.clip(colors, 0.0, 1.0)


def _number(count: int, noun: str) -> str:
    plural = {"vertex": "vertices"}.get(noun, noun + "s")
    return f"{count} {noun if count == 1 else plural}"
