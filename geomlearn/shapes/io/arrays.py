"""Arrays as shapes: npz, npy and MATLAB files, with the names for vertices and faces that people use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.shapes.io.announced import check_mat, check_npy, check_npz
from geomlearn.shapes.io.parsed import Parsed, Source
from geomlearn.shapes.io.text import whole
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.triangulate import Polygons

_VERTICES = ("vertices", "points", "verts", "vert", "v", "pts", "xyz", "pos", "array", "x", "coords")
_FACES = ("faces", "triangles", "triv", "tri", "tris", "f", "t", "cells", "elements", "face")
_NORMALS = ("normals", "vertex_normals", "n")
_COLORS = ("colors", "colours", "vertex_colors", "rgb", "c")


def is_arrays(source: Source) -> bool:
    """Whether it is of npz, npy or MATLAB."""
    head = source.head
    return head[:6] in (b"\x93NUMPY", b"MATLAB") or (head[:4] == b"PK\x03\x04" and b".npy" in head)


def read_arrays_file(source: Source) -> Parsed:
    """The arrays called vertices and faces, or by another usual name; pickled objects are never loaded.

    Raises
    ------
    FormatError   the file is damaged, would need a pickle, or no array looks like vertices.
    """
    if source.head[:10] == b"MATLAB 7.3":
        raise source.bad("it is a MATLAB 7.3 file", "Save it in MATLAB with save(…, '-v7').")
    if not is_arrays(source):
        raise source.bad("it holds no arrays", "Check that it is a .npz, .npy or .mat file.")
    {b"PK": check_npz, b"MA": check_mat, b"\x93N": check_npy}[source.head[:2]](source)
    arrays = _flat(read_arrays(source.path)[0])
    points = _points(arrays)
    if points is None:
        names = ", ".join(sorted(arrays)[:8]) or "none"
        raise source.bad(
            f"no array in it is called vertices or points and has three columns (arrays: {names[:120]})",
            "Name them vertices (n, 3) and faces (m, 3).",
        )
    parsed = Parsed(points)
    faces = _find(arrays, _FACES, lambda a: a.ndim == 2 and a.size > 0 and (3 in a.shape or a.shape[1] == 4))
    if faces is not None:
        parsed.polygons = Polygons.uniform(_indices(faces, len(points), parsed, source))
    parsed.normals = _find(arrays, _NORMALS, lambda a: a.shape == points.shape)
    parsed.colors = _find(arrays, _COLORS, lambda a: a.shape == points.shape)
    return parsed


def _flat(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    """Arrays by lower-case name, with the fields of MATLAB structs beside them."""
    out: dict[str, np.ndarray] = {}
    for name, value in arrays.items():
        if not isinstance(value, np.ndarray):
            continue
        if value.dtype.names and value.size == 1:
            fields = {key: np.asarray(value.reshape(-1)[0][key]) for key in value.dtype.names}
            out |= {key.lower(): array for key, array in fields.items() if array.dtype.kind in "fiu"}
        elif value.dtype.kind in "fiu":
            out[name.lower()] = value
    return out


def _points(arrays: dict[str, np.ndarray]) -> np.ndarray | None:
    axes = [arrays.get(name) for name in "xyz"]
    if all(a is not None and a.size == axes[0].size and a.size > 1 for a in axes):
        return np.stack([a.reshape(-1) for a in axes], axis=1)
    found = _find(arrays, _VERTICES, lambda a: a.ndim == 2 and a.size > 0 and 3 in a.shape)
    if found is None:
        # A file with a single (n, 3) array of fractions leaves no doubt either.
        rest = [a for a in arrays.values() if a.ndim == 2 and a.shape[1] == 3 and a.dtype.kind == "f"]
        found = rest[0] if len(rest) == 1 else None
    return found if found is None or found.shape[1] == 3 else found.T


def _find(arrays: dict[str, np.ndarray], names: tuple[str, ...], fits: Any) -> np.ndarray | None:
    return next((arrays[name] for name in names if name in arrays and fits(arrays[name])), None)


def _indices(faces: np.ndarray, n: int, parsed: Parsed, source: Source) -> np.ndarray:
    if faces.shape[1] not in (3, 4):
        faces = faces.T
    faces = faces.astype(np.int64) if faces.dtype.kind in "iu" else whole(faces.astype(np.float64), source)
    if faces.min() == 1 and faces.max() == n:
        parsed.notes.append("Faces count from 1 in this file, as in MATLAB.")
        return faces - 1
    return faces


def write_npz(path: Path, shape: Shape, point_data: dict[str, np.ndarray]) -> None:
    """An npz with `vertices`, `faces`, where there are any `normals` and `colors`, and the point data."""
    arrays = {"vertices": shape.vertices, "faces": shape.faces, "normals": shape.normals, "colors": shape.colors}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    write_arrays(path, {**arrays, **point_data}, {"name": shape.name}, force=True)
