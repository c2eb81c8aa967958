"""Equal points become one."""

from __future__ import annotations

import numpy as np

# So many points may have places beside their hashes in 64 bits: what is left of these tells half a million points apart
# with odds of 30 to 1, and the others are found out.
_PLACE_BITS = 22


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
    order, ordered = _sorted(_hashes(points))
    labels, first = _grouped(order, ordered[1:] != ordered[:-1])
    # Neighbours in a file lie close together in memory, neighbours by their hashes anywhere.
    if (points[first].take(labels, axis=0) != points).any():
        # Two different points share a hash: sort by the coordinates themselves.
        order = np.lexsort(points.T[::-1])
        labels, first = _grouped(order, _differs(points, order)[1:])
    return labels, first


def _sorted(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts numbers, and them in it, or their leading bits where the places fit into the others."""
    bits = max(len(hashes) - 1, 1).bit_length()
    if bits > _PLACE_BITS:
        order = np.argsort(hashes, kind="stable")
        return order, hashes[order]
    # Sorting numbers that carry their places takes a quarter of the time of sorting places by numbers.
    low = np.uint64((1 << bits) - 1)
    carrying = np.sort((hashes & ~low) | np.arange(len(hashes), dtype=np.uint64))
    return (carrying & low).astype(np.int64), carrying & ~low


def _grouped(order: np.ndarray, differs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and first rows of the groups that rows make in this order, where each (n - 1,) differs from the last."""
    new = np.concatenate([[True], differs])
    labels = np.empty(len(order), np.int64)
    labels[order] = np.cumsum(new) - 1
    return labels, order[new]


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
    for column in points.T:
        bits = (column + np.float64(0)).view(np.uint64)  # which turns -0 into 0
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ bits) * np.uint64(0x9E3779B97F4A7C15)
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
