"""Equal points become one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# So many points may have places beside their hashes in 64 bits: what is left of these tells half a million points apart
# with odds of 30 to 1, and the others are found out.
_PLACE_BITS = 22
_PIECE = 1 << 15


class _Groups(NamedTuple):
    """Points group after group, (n,) indices; the first of each group, and how many it has, (w,) each."""

    order: np.ndarray
    first: np.ndarray
    counts: np.ndarray


def weld(points: np.ndarray, tolerance: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Merge points that coincide.

    Parameters
    ----------
    points     (n, d) finite, in single or double precision.
    tolerance  largest distance between merged points, in the units of `points`; 0 merges exactly equal ones. Chains of
               points, each within the tolerance of the next, become one.

    Returns
    -------
    origin (w,)  for each kept point its index in `points`, ascending: the first of those merged.
    index  (n,)  for each point its index among the kept.
    """
    if len(points) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order, first, counts = _equal(points) if tolerance == 0 else _near(points, tolerance)
    is_first = np.zeros(len(points), bool)
    is_first[first] = True
    index = np.empty(len(points), np.int64)
    index[order] = np.repeat((np.cumsum(is_first) - 1)[first], counts)
    return np.flatnonzero(is_first), index


def _equal(points: np.ndarray) -> _Groups:
    columns = np.ascontiguousarray(points.T)
    order, ordered = _sorted(_hashes(columns))
    groups = _grouped(order, ordered[1:] != ordered[:-1])
    first = np.empty_like(order)
    first[order] = np.repeat(groups.first, groups.counts)
    # Neighbours in a file lie close together in memory, neighbours by their hashes anywhere.
    if any((column[first] != column).any() for column in columns):
        # Two different points share a hash: sort by the coordinates themselves.
        order = np.lexsort(columns[::-1])
        groups = _grouped(order, np.any([column[order[1:]] != column[order[:-1]] for column in columns], axis=0))
    return groups


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


def _grouped(order: np.ndarray, differs: np.ndarray) -> _Groups:
    """The groups that rows make in this order, where each (n - 1,) differs from the last."""
    starts = np.concatenate([[0], np.flatnonzero(differs) + 1])
    return _Groups(order, order[starts], np.diff(starts, append=len(order)))


def _hashes(columns: np.ndarray) -> np.ndarray:
    """(n,) one number per point, from (d, n): sorting these is several times faster than sorting the points."""
    bits = np.uint32 if columns.dtype == np.float32 else np.uint64
    mixed = np.zeros(columns.shape[1], np.uint64)
    # In pieces that stay in the processor's cache.
    for start in range(0, len(mixed), _PIECE):
        some = mixed[start : start + _PIECE]
        for column in columns[:, start : start + _PIECE]:
            some ^= some >> np.uint64(29)
            some ^= (column + columns.dtype.type(0)).view(bits)  # which turns -0 into 0
            some *= np.uint64(0x9E3779B97F4A7C15)
            some ^= some >> np.uint64(32)
    return mixed


def _near(points: np.ndarray, tolerance: float) -> _Groups:
    """What chains of near points connect."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(tolerance, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    labels = connected_components(graph, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    return _grouped(order, labels[order[1:]] != labels[order[:-1]])
