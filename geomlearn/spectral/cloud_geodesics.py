"""Distances on point clouds by the heat method."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from geomlearn.core.errors import MeshError
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.welding import weld
from geomlearn.spectral.laplacian import build_laplacian


class CloudGeodesics:
    """Distances between points through potpourri3d; coincident points count once, other pieces are out of reach.

    Pieces are those that the neighbours of the cloud's Laplacian connect.

    Raises
    ------
    MeshError   the points are too few, or span no area.
    """

    def __init__(self, shape: Shape, smoothing: float) -> None:
        import potpourri3d

        laplacian = build_laplacian(shape)  # refuses what spans no area
        origin, self._index = weld(shape.vertices)
        self._component = connected_components(laplacian.stiffness, directed=False)[1]
        try:
            # About its middle, since the library's neighbours suffer far from the origin.
            points = shape.vertices[origin] - shape.vertices[origin].mean(axis=0)
            self._solver = potpourri3d.PointCloudHeatSolver(points, t_coef=smoothing)
        except RuntimeError as error:
            raise MeshError(
                f"Distances on the {len(origin)} distinct points of {shape.name} cannot be computed: "
                f"{_first_line(error)}.",
                "Give more points, or a mesh.",
            ) from error

    def distances_from(self, sources: np.ndarray) -> np.ndarray:
        """(n,) distances to the nearest source."""
        values = self._solver.compute_distance_multisource(np.unique(self._index[sources]).tolist())[self._index]
        values = np.maximum(values - values[sources].min(), 0.0)
        values[~np.isin(self._component, self._component[sources])] = np.inf
        return values


def _first_line(error: Exception) -> str:
    words = str(error).strip().splitlines()
    return words[0].rstrip(".") if words else type(error).__name__
