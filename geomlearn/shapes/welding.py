"""Equal points become one."""

from __future__ import annotations

import numpy as np


def weld(points: np.ndarray, tolerance: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Merge points that coincide.

    Parameters
    ----------
    points     (n, d) finite.
    tolerance  largest distance between merged points, in the units of `points`; 0 merges exactly equal ones. Chains of
               points, each within the tolerance of the next, become one.

    Returns
    -------
    origin (w,)  for each kept point its index in `points`, ascending: the first of those merged.
    index  (n,)  for each point its index among the kept.
    """
    if len(points) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    labels, first = _equal(points) if tolerance == 0 else _near(points, tolerance)
    # Labels in order of first appearance, so that what is not merged keeps its order.
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[labels]


def _equal(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) labels, equal for equal rows, and for each label the first row that has it."""
    points = points + 0.0  # turns -0 into 0
    hashes = _hashes(points)
    order = np.argsort(hashes)
    new = _differs(points, order)
    if (hashes[order[1:]] == hashes[order[:-1]])[new[1:]].any():
        # Two different points share a hash: sort by the coordinates themselves.
        order = np.lexsort(points.T[::-1])
        new = _differs(points, order)
    labels = np.empty(len(points), np.int64)
    labels[order] = np.cumsum(new) - 1
    return labels, np.minimum.reduceat(order, np.flatnonzero(new))


def _differs(points: np.ndarray, order: np.ndarray) -> np.ndarray:
    """(n,) in this order, whether a row differs from the one before it."""
    new = np.ones(len(points), bool)
    new[1:] = False
    for column in points.T:
        ordered = np.ascontiguousarray(column)[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    return new


def _hashes(points: np.ndarray) -> np.ndarray:
    """(n,) one number per row: sorting these is several times faster than sorting the rows."""
    mixed = np.zeros(len(points), np.uint64)
    for column in np.ascontiguousarray(points, dtype=np.float64).view(np.uint64).T:
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _near(points: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """The same, with equal labels for what chains of near points connect."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(tolerance, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    labels = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels, np.unique(labels, return_index=True)[1]
