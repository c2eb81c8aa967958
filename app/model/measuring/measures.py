"""Measuring: distances between two vertices, the quality of elements, figures of a selection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.measuring.items import DistanceItem, Measured
from geomlearn.core.errors import MeshError
from geomlearn.shapes.shape import Shape

QUALITIES = ("smallest angle around [°]", "largest aspect ratio around", "smallest area around")
WORST_RATIO = 1e6
"""Degenerate faces have an infinite aspect ratio, which no colour can show."""


def measure(shape: Shape, start: int, end: int) -> Measured:
    """The distances between two vertices: exact where the mesh is a manifold, else by the heat method, without a path.

    Raises
    ------
    ParameterError   there is no such vertex.
    """
    from geomlearn.shapes.nearest import nearest_on
    from geomlearn.spectral.geodesic_path import geodesic_path
    from geomlearn.spectral.geodesics import HeatGeodesics

    try:
        path = geodesic_path(shape, start, end)
    except MeshError:
        none = np.zeros((0, 3))
        along = float(HeatGeodesics(shape).distances_from(start)[end])
        straight = float(np.linalg.norm(shape.vertices[end] - shape.vertices[start]))
        return Measured(straight, along, none, none.astype(int), none)
    on = nearest_on(shape, path)
    along = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    straight = float(np.linalg.norm(shape.vertices[end] - shape.vertices[start]))
    return Measured(straight, along, path, on.corners, on.shares)


def distance_item(shape: ShapeItem, start: int, end: int, measured: Measured) -> DistanceItem:
    """The item for what `measure` found."""
    label = f"{shape.label} · {start} to {end}"
    return DistanceItem(label=label, owner=shape.id, start=start, end=end, measured=measured)


def element_quality(shape: Shape) -> np.ndarray:
    """(3, n) at each vertex the worst of the faces around it, in the order of `QUALITIES`; NaN without a face.

    Raises
    ------
    MeshError   a cloud has no elements.
    """
    from geomlearn.shapes.quality import aspect_ratios, side_lengths, smallest_angles

    if shape.is_cloud:
        raise MeshError("A cloud has no elements.", "Element quality is for meshes.")
    sides, areas = side_lengths(shape.vertices, shape.faces), shape.face_areas
    worst = np.full((3, shape.n_vertices), np.nan)
    ratios = np.minimum(aspect_ratios(sides, areas), WORST_RATIO)
    for row, values, keep in (
        (0, smallest_angles(sides, areas), np.fmin),
        (1, ratios, np.fmax),
        (2, areas, np.fmin),
    ):
        keep.at(worst[row], shape.faces.ravel(), np.repeat(values, 3))
    return worst


def quality_item(shape: ShapeItem, values: np.ndarray) -> ValuesItem:
    """The item for what `element_quality` found."""
    return ValuesItem(label=f"{shape.label} · element quality", owner=shape.id, values=values, names=QUALITIES)


def selected_area(shape: Shape, indices: Sequence[int]) -> float:
    """The area of the selected vertices: each has a third of the faces around it; 0 on a cloud."""
    inside = np.zeros(shape.n_vertices)
    inside[list(indices)] = 1 / 3
    return float(inside[shape.faces].sum(axis=1) @ shape.face_areas) if not shape.is_cloud else 0.0


def statistics(shape: Shape, indices: Sequence[int], values: np.ndarray) -> dict[str, float]:
    """Least, greatest, mean and spread of numbers (n,) over the selected vertices, weighted by their areas.

    On a cloud, and where the areas vanish, all vertices count alike. Empty where no selected number is finite.
    """
    chosen = np.asarray(indices, int)
    chosen = chosen[np.isfinite(values[chosen])] if len(chosen) else chosen
    if len(chosen) == 0:
        return {}
    weights = np.bincount(shape.faces.ravel(), np.repeat(shape.face_areas, 3), shape.n_vertices)[chosen]
    weights = weights if weights.sum() > 0 else np.ones(len(chosen))
    some = values[chosen]
    mean = float(np.average(some, weights=weights))
    spread = float(np.sqrt(np.average((some - mean) ** 2, weights=weights)))
    return {"least": float(some.min()), "greatest": float(some.max()), "mean": mean, "standard deviation": spread}
