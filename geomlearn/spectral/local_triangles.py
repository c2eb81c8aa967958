"""The triangles that stand in for a surface where there are only points."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import MeshError

NEIGHBOURS = 30
"""Nearest neighbours among which a point finds its triangles; as many points more than one are needed."""


def local_triangles(points: np.ndarray, name: str = "The cloud") -> np.ndarray:
    """The star of every point in a Delaunay triangulation of its neighbours in its tangent plane.

    Neighbouring points mostly agree, so a triangle appears up to three times, once for each corner: integrals over the
    surface are a third of the sum over all.

    Parameters
    ----------
    points  (n, 3) distinct, n > 30.
    name    what the points are called in a sentence.

    Returns
    -------
    (t, 3) int64 indices, t about 6 n.

    Raises
    ------
    MeshError   too few points, or points that cannot be triangulated.

    Source   Sharp & Crane 2020, section 5.7, through `potpourri3d`.
    """
    import potpourri3d

    if len(points) <= NEIGHBOURS:
        raise MeshError(
            f"{name} has {len(points)} distinct points; more than 30 are needed.", "Sample it more densely."
        )
    try:
        stars = potpourri3d.PointCloudLocalTriangulation(points).get_local_triangulation()
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
        raise MeshError(f"{name} could not be triangulated: {reason}.", "Remove outliers, or mesh it.") from error
    return stars[stars[:, :, 0] >= 0].astype(np.int64)
