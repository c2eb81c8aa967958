"""Which axis of a shape points up: files of this field use y or z, and none says so."""

from __future__ import annotations

from typing import Literal

import numpy as np

from geomlearn.shapes.shape import Shape

FLOOR = 0.05
"""The part of the height, from the lowest point, in which a shape touches its floor."""
HEIGHT_WEIGHT = 1.25
"""What a higher middle is worth against a wider stand; the best of a grid for 111 shapes, 88 % of which come out right.

These are 67 files (TOSCA, humans, scans, objects) and 44 built-in creatures; most of the others lie, sit or fly.
"""
MOST_FACES = 50_000
"""Of more faces only every so-manyth is weighed."""
SURE = 0.015
"""Shapes whose axes differ by less are taken to have y up."""


def leaning(shape: Shape) -> float:
    """How much more z looks like the upward axis than y; negative when y does.

    What stands has its feet far apart for what it covers of the floor, and its weight high above them.
    """
    if shape.n_vertices < 4:
        return 0.0
    return _standing(shape, 2) - _standing(shape, 1)


def up_of(leanings: list[float]) -> Literal["y", "z"]:
    """The axis that shapes from one folder, which were made alike, agree on."""
    return "z" if sum(leanings) > SURE * len(leanings) else "y"


def _standing(shape: Shape, axis: int) -> float:
    vertices = shape.vertices
    low, extent = vertices.min(axis=0), np.ptp(vertices, axis=0)
    if extent.min() < 1e-3 * extent.max():
        # A sheet has no feet; it is seen best from the front, where y is up.
        return 0.0
    others = [other for other in range(3) if other != axis]
    feet = vertices[vertices[:, axis] < low[axis] + FLOOR * extent[axis]][:, others]
    return _hull_area(feet) / extent[others].prod() + HEIGHT_WEIGHT * (_middle(shape, axis) - low[axis]) / extent[axis]


def _middle(shape: Shape, axis: int) -> float:
    """The mean height of the surface, or of the points of a cloud."""
    corners = shape.vertices[shape.faces[:: max(1, shape.n_faces // MOST_FACES)]]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if areas.sum() == 0:
        return float(shape.vertices[:, axis].mean())
    return float(areas @ corners[..., axis].mean(axis=1) / areas.sum())


def _hull_area(points: np.ndarray) -> float:
    """Area of the convex hull of points (m, 2); 0 when they are on a line."""
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < 3:
        return 0.0
    try:
        return float(ConvexHull(points).volume)
    except QhullError:
        return 0.0
