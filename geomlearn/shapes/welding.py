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
    labels = _equal(points) if tolerance == 0 else _near(points, tolerance)
    # Labels in order of first appearance, so that what is not merged keeps its order.
    first = np.full(labels.max() + 1, len(points))
    np.minimum.at(first, labels, np.arange(len(points)))
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[labels]


def _equal(points: np.ndarray) -> np.ndarray:
    """(n,) labels, equal for equal rows."""
    bits = np.ascontiguousarray(points + 0.0, dtype=np.float64).view(np.uint64)  # + 0.0 turns -0 into 0
    mixed = np.zeros(len(points), np.uint64)
    for column in bits.T:
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    order = np.argsort(mixed)
    same = (points[order[1:]] == points[order[:-1]]).all(axis=1)
    if (mixed[order[1:]] == mixed[order[:-1]])[~same].any():
        # Two different points share a hash: sort by the coordinates themselves.
        order = np.lexsort(points.T[::-1])
        same = (points[order[1:]] == points[order[:-1]]).all(axis=1)
    labels = np.empty(len(points), np.int64)
    labels[order] = np.concatenate([[0], np.cumsum(~same)])
    return labels


def _near(points: np.ndarray, tolerance: float) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(tolerance, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    return connected_components(graph, directed=False)[1].astype(np.int64)
