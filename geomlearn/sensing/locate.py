"""Where on a shape measured points lie: faces and barycentric coordinates, or the nearest point of a cloud."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError
from geomlearn.shapes.nearest import OnShape, nearest_on
from geomlearn.shapes.shape import Shape

_OUTSIDE = 0.05


def locate(shape: Shape, points: np.ndarray) -> OnShape:
    """The point of a shape nearest to each of some points (p, 3), as `nearest_on`, where all of them lie near it.

    Raises
    ------
    MeshError   a point lies off the shape by more than 5 % of its diagonal.
    """
    corners, shares, distances = nearest_on(shape, points)
    far = distances > _OUTSIDE * shape.diagonal
    if far.any():
        raise MeshError(
            f"{far.sum():,} of {len(far):,} samples lie off {shape.name}, up to {distances.max():.3g}, which is "
            f"{distances.max() / shape.diagonal:.0%} of its diagonal.",
            "Bring samples and shape to the same units and place, or leave those out.",
        )
    return OnShape(corners, shares, distances)
