"""Choosing few points among many."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError, SizeMismatch


def farthest_points(points: np.ndarray, n: int, *, start: int = 0) -> np.ndarray:
    """Pick points one by one, each as far as possible from those before.

    Parameters
    ----------
    points  (m, d) coordinates, in any unit.
    n       how many to pick, 1 … m.
    start   index of the first.

    Returns
    -------
    (n,) indices into `points`, distinct unless points coincide, in the order picked: every prefix is a farthest-point
    sample itself, and the covering radius is at most twice the best possible.

    Raises
    ------
    SizeMismatch    `points` is not (m, d), or has fewer than `n` rows.
    ParameterError  `start` is no index of `points`.

    Use when …   a few well-spread points must stand for a surface.
    Avoid when … distances along the surface matter more than through space: thin sheets count as one.
    Source   Gonzalez 1985, doi 10.1016/0304-3975(85)90224-5; Eldar et al. 1997, doi 10.1109/83.623193.
    Differs  a new sample only changes points nearer to it than the current covering radius, so a k-d tree finds them
             once few are left; the indices are those of the plain update.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    if points.ndim != 2 or not 1 <= n <= len(points):
        raise SizeMismatch(f"{n} points cannot be picked from an array of shape {points.shape}.", "Ask for fewer.")
    if not 0 <= start < len(points):
        raise ParameterError(f"start = {start} is no index of {len(points)} points.", "Start at 0.")
    tree = cKDTree(points)
    picked = np.empty(n, np.int64)
    picked[0] = start
    squared = _squared_distances(points, points[start])
    for i in range(1, n):
        farthest = int(squared.argmax())
        picked[i] = farthest
        # Below some eighty samples the ball holds much of the shape, and looping over all is faster than listing it.
        if i < _DENSE_UNTIL:
            np.minimum(squared, _squared_distances(points, points[farthest]), out=squared)
        else:
            radius = np.sqrt(squared[farthest]) * (1 + 1e-12)
            near = np.asarray(tree.query_ball_point(points[farthest], radius, return_sorted=False))
            squared[near] = np.minimum(squared[near], _squared_distances(points[near], points[farthest]))
    return picked


_DENSE_UNTIL = 80


def _squared_distances(points: np.ndarray, center: np.ndarray) -> np.ndarray:
    offset = points - center
    return np.einsum("ij,ij->i", offset, offset)
