"""Sensors in a file: vertex, place and weight, which can be laid on another mesh of the same object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, MeshError
from geomlearn.sensing.io.tables import read_table, vertex_column, write_table
from geomlearn.shapes.shape import Shape

COLUMNS = ("vertex", "x", "y", "z", "weight")
# A sensor farther than this share of the shape's diagonal from every vertex is not on the shape.
_OUTSIDE = 0.05


@dataclass(frozen=True, eq=False)
class SensorFile:
    """Sensors as they were written.

    Attributes
    ----------
    vertices   (n,) indices on the shape they were placed on, from 0.
    positions  (n, 3) coordinates there.
    weights    (n,) of the least squares.
    """

    vertices: np.ndarray
    positions: np.ndarray
    weights: np.ndarray


def write_sensors(
    path: str | Path, shape: Shape, vertices: np.ndarray, weights: np.ndarray, *, force: bool = False
) -> Path:
    """Write sensors as csv with vertex, x, y, z, weight; vertices (s,) count from 0, weights (s,). Returns the path."""
    columns = (vertices, *shape.vertices[vertices].T, weights)
    return write_table(path, dict(zip(COLUMNS, columns, strict=True)), force=force)


def read_sensors(path: str | Path) -> SensorFile:
    """Sensors from a csv with at least the columns x, y, z; vertices are −1 and weights 1 when not given.

    Raises
    ------
    FormatError   a column is missing, or a number cannot be used.
    """
    path = Path(path)
    names, table = read_table(path)
    missing = [name for name in "xyz" if name not in names]
    if missing:
        raise FormatError(f"{path.name} has no column {missing[0]}.", f"Sensors have {', '.join(COLUMNS)}.")
    columns = dict(zip(names, table.T, strict=True))
    positions = np.stack([columns[name] for name in "xyz"], axis=1)
    weights = columns.get("weight", np.ones(len(table)))
    if not (np.isfinite(positions).all() and np.isfinite(weights).all() and (weights >= 0).all()):
        raise FormatError(f"{path.name} has a place or weight that is not usable.", "Weights are ≥ 0.")
    given = "vertex" in columns
    vertices = vertex_column(path, columns["vertex"], None) if given else np.full(len(table), -1)
    return SensorFile(vertices, positions, weights)


def lay_on(sensors: SensorFile, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """The vertex (n,) of a shape nearest to each sensor, and its distance (n,) in length units.

    On the very shape they were placed on, each sensor keeps its own vertex, also where vertices coincide.

    Raises
    ------
    MeshError   a sensor lies off the shape by more than 5 % of its diagonal.
    """
    from scipy.spatial import cKDTree

    distances, nearest = cKDTree(shape.vertices).query(sensors.positions)
    same = (sensors.vertices >= 0) & (sensors.vertices < shape.n_vertices)
    own = np.where(same, sensors.vertices, 0)
    offset = np.linalg.norm(shape.vertices[own] - sensors.positions, axis=1)
    keeps = same & (offset <= distances + 1e-12 * shape.diagonal)
    far = distances > _OUTSIDE * shape.diagonal
    if far.any():
        worst = int(distances.argmax())
        raise MeshError(
            f"{far.sum()} of {len(far)} sensors lie off {shape.name}: number {worst} by {distances[worst]:.3g}, "
            f"which is {distances[worst] / shape.diagonal:.0%} of its diagonal.",
            "Bring sensors and shape to the same units and place.",
        )
    return np.where(keeps, own, nearest), distances
