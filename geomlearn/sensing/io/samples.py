"""Measured values in files: at vertices, at points, or snapshots of known sensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.sensing.io.tables import read_table, vertex_column

_HINT = (
    "Give values.csv with columns vertex,value; or npz with points (n, 3) or vertex (n,), and values (n,) or (t, n)."
)


@dataclass(frozen=True, eq=False)
class Samples:
    """Values and where they were measured.

    Attributes
    ----------
    values    (n, t) one column a snapshot.
    vertices  (n,) indices, or None.
    points    (n, 3) coordinates, or None; with neither, the values belong to sensors given elsewhere, in their order.
    """

    values: np.ndarray
    vertices: np.ndarray | None = None
    points: np.ndarray | None = None


def read_samples(path: str | Path, n_vertices: int) -> Samples:
    """Samples from csv (``vertex,value``, ``x,y,z,value``, or bare snapshots, one a row), npy, npz, mat or h5.

    Raises
    ------
    FormatError    there are no values, or a vertex is none of the shape's.
    SizeMismatch   values and places differ in number.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".txt", ".dat"):
        return _from_table(path, n_vertices)
    arrays, _ = read_arrays(path)
    values = arrays.get("values", arrays.get("array", arrays.get("snapshots")))
    if values is None or values.dtype.kind not in "biuf" or values.ndim not in (1, 2) or values.size == 0:
        raise FormatError(f"{path.name} holds no values (n,) or (t, n).", _HINT)
    values = np.atleast_2d(values.astype(float)).T
    vertices, points = arrays.get("vertex", arrays.get("vertices_measured")), arrays.get("points")
    for where in (vertices, points):
        if where is not None and len(where) != len(values):
            raise SizeMismatch(f"{path.name} has {len(values)} values at {len(where)} places.", "Give one a place.")
    if vertices is not None:
        return Samples(values, vertex_column(path, np.asarray(vertices, float), n_vertices))
    if points is not None and (points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all()):
        raise FormatError(f"points in {path.name} are no finite (n, 3) coordinates.", _HINT)
    return Samples(values, None, points)


def read_snapshots(path: str | Path, n_sensors: int) -> np.ndarray:
    """Snapshots (p, n_sensors), one a row, of sensors in the order of their file.

    Raises
    ------
    SizeMismatch   a row has another number of readings.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".txt", ".dat"):
        snapshots = read_table(path)[1]
    else:
        arrays, _ = read_arrays(path)
        found = arrays.get("snapshots", arrays.get("values", arrays.get("array")))
        if found is None or found.dtype.kind not in "biuf" or found.ndim not in (1, 2):
            raise FormatError(f"{path.name} holds no snapshots (p, n).", "Write one snapshot a row.")
        snapshots = np.atleast_2d(found.astype(float))
    if snapshots.shape[1] != n_sensors:
        raise SizeMismatch(
            f"A snapshot in {path.name} has {snapshots.shape[1]} readings, but there are {n_sensors} sensors.",
            "Write one snapshot a row, its readings in the order of the sensors file.",
        )
    return snapshots


def _from_table(path: Path, n_vertices: int) -> Samples:
    names, table = read_table(path)
    columns = dict(zip(names, table.T, strict=True)) if names else {}
    if {"x", "y", "z"} <= columns.keys() and "value" in columns and "vertex" not in columns:
        points = np.stack([columns[name] for name in "xyz"], axis=1)
        return Samples(columns["value"][:, None], None, points)
    if "vertex" in columns:
        values = [column for name, column in zip(names, table.T, strict=True) if name.startswith("value")]
        if not values:
            raise FormatError(f"{path.name} has no column called value.", _HINT)
        return Samples(np.stack(values, axis=1), vertex_column(path, columns["vertex"], n_vertices))
    return Samples(table.T)
