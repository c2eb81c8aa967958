"""Arrays as shapes: npz, npy, h5 and MATLAB files, with the names for vertices and faces that people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import is_matlab, read_arrays, write_arrays
from geomlearn.core.files import shortened
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import whole
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_VERTICES = (
    "vertices",
    "points",
    "verts",
    "vert",
    "v",
    "pts",
    "xyz",
    "pos",
    "array",
    "x",
    "coords",
    "coord",
    "vertex",
    "nodes",
)
_FACES = ("faces", "triangles", "triv", "tri", "tris", "f", "t", "cells", "elements", "face")
_NORMALS = ("normals", "vertex_normals", "n")
_COLORS = ("colors", "colours", "vertex_colors", "rgb", "c")
_HDF5 = b"\x89HDF\r\n\x1a\n"

Named = dict[str, np.ndarray]


def is_arrays(source: Source) -> bool:
    """Whether it is of npz, npy, HDF5 or MATLAB."""
    head = source.head
    known = head[:6] == b"\x93NUMPY" or head[:8] == _HDF5 or is_matlab(head)
    return known or (head[:4] == b"PK\x03\x04" and b".npy" in head)


def read_arrays_file(source: Source) -> Parsed:
    """The arrays called vertices and faces, or by another usual name; pickled objects are never loaded.

    Of several structs, or groups of HDF5, that hold a shape each, the first is read, which is said. Faces count from 1
    in MATLAB's files unless a 0 occurs; in others from 0, unless that cannot be.

    Raises
    ------
    FormatError   the file is damaged, would need a pickle, or no array looks like vertices.
    """
    if not is_arrays(source):
        raise source.bad("it holds no arrays", "Check that it is a .npz, .npy, .h5 or .mat file.")
    matlab = is_matlab(source.head)
    with source.plain_file() as path:
        held = {
            name: array
            for name, array in read_arrays(path, groups=True)[0].items()
            if isinstance(array, np.ndarray) and array.dtype.kind in "fiu"
        }
    groups = {name: group for name, group in _groups(held).items() if _points(group) is not None}
    if not groups:
        names = ", ".join(sorted(held)[:8]) or "none"
        raise source.bad(
            f"no array in it is called vertices or points and has three columns (arrays: {names[:120]})",
            "Name them vertices (n, 3) and faces (m, 3).",
        )
    (name, arrays), *others = groups.items()
    parsed = _parsed(arrays, source, matlab)
    if others:
        rest = ", ".join(other or "loose variables" for other, _ in others)
        parsed.notes.append(f"It holds {len(groups)} shapes: {name or 'that of loose variables'} was read, not {rest}.")
    return parsed


def _groups(arrays: Named) -> dict[str, Named]:
    """Arrays by lower-case name, those of each MATLAB struct by themselves; loose variables first, called nothing."""
    groups: dict[str, Named] = {}
    for name, array in arrays.items():
        above, _, own = name.rpartition("/")
        groups.setdefault(above, {})[own.lower()] = array
    # Faces may lie outside the struct that holds the vertices.
    loose = groups.get("", {})
    groups = {name: {**({} if len(groups) > 2 else loose), **group} for name, group in groups.items()}
    return dict(sorted(groups.items(), key=lambda one: (_find_faces(one[1]) is None, one[0])))


def _parsed(arrays: Named, source: Source, matlab: bool) -> Parsed:
    points = _points(arrays)
    if points is None:
        raise source.bad("no array in it holds points")
    parsed = Parsed(points)
    faces = _find_faces(arrays)
    if faces is not None:
        corners, parsed.base = _indices(faces, len(points), parsed.notes, source, matlab)
        parsed.polygons = Polygons.uniform(corners - parsed.base)
    parsed.normals = _find(arrays, _NORMALS, lambda a: a.shape == points.shape)
    parsed.colors = _find(arrays, _COLORS, lambda a: a.shape == points.shape)
    used = [one for one in (points, faces, parsed.normals, parsed.colors) if one is not None]
    for name, array in arrays.items():
        if name in "xyz" or any(np.may_share_memory(array, one) for one in used):
            continue
        fits = array.ndim in (1, 2) and len(array) == len(points)
        if fits and name not in _VERTICES:
            parsed.point_data[name] = array
        elif array.size > 1 and not fits:
            parsed.left.append(shortened(name, 30))
    parsed.left[6:] = ["…"] * (len(parsed.left) > 6)
    return parsed


def _points(arrays: Named) -> np.ndarray | None:
    axes = [arrays[name] for name in "xyz" if name in arrays]
    if len(axes) == 3 and all(a.size == axes[0].size and a.size > 1 for a in axes):
        return np.stack([a.reshape(-1) for a in axes], axis=1)
    found = _find(arrays, _VERTICES, lambda a: a.ndim == 2 and a.size > 0 and 3 in a.shape)
    if found is None:
        # A file with a single (n, 3) array of fractions leaves no doubt either.
        rest = [a for a in arrays.values() if a.ndim == 2 and a.shape[1] == 3 and a.dtype.kind == "f"]
        found = rest[0] if len(rest) == 1 else None
    return found if found is None or found.shape[1] == 3 else found.T


def _find_faces(arrays: Named) -> np.ndarray | None:
    return _find(arrays, _FACES, lambda a: a.ndim == 2 and a.size > 0 and (3 in a.shape or a.shape[1] == 4))


def _find(arrays: Named, names: tuple[str, ...], fits: Callable[[np.ndarray], bool]) -> np.ndarray | None:
    return next((arrays[name] for name in names if name in arrays and fits(arrays[name])), None)


def _indices(faces: np.ndarray, n: int, notes: list[str], source: Source, matlab: bool) -> tuple[np.ndarray, int]:
    """The corners as the file has them, and what they count from."""
    if faces.shape[1] not in (3, 4):
        faces = faces.T
    faces = faces.astype(np.int64) if faces.dtype.kind in "iu" else whole(faces.astype(np.float64), source)
    low, high = int(faces.min()), int(faces.max())
    if low < 1:
        return faces, 0
    if high == n or matlab:
        notes.append("Faces count from 1 in this file, as in MATLAB." if matlab else "Faces count from 1 in this file.")
        return faces, 1
    notes.append(
        f"Its faces use vertices {low} to {high} of {n}, so they may count from 1; they are taken to count from 0. "
        f"If not: geomlearn convert {source.name} OUT --index-base 1."
    )
    return faces, 0


def write_npz(
    path: Path, shape: Shape, point_data: dict[str, np.ndarray], metadata: Mapping[str, Any] | None = None
) -> None:
    """An npz with `vertices`, `faces`, where there are any `normals` and `colors`, and the point data."""
    parts = {"vertices": shape.vertices, "faces": shape.faces, "normals": shape.normals, "colors": shape.colors}
    arrays = {name: array for name, array in parts.items() if array is not None}
    write_arrays(path, {**arrays, **point_data}, {"name": shape.name, **(metadata or {})}, force=True)
