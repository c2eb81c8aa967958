"""The triangulation of a closed ring of points in space whose area is least."""

from __future__ import annotations

import numpy as np


def triangulate_loop(vertices: np.ndarray, loop: np.ndarray, taken: np.ndarray) -> np.ndarray | None:
    """Triangles over a ring, oriented along it.

    Parameters
    ----------
    vertices  (n, 3) all vertices.
    loop      (r,) the ring, r ≥ 3.
    taken     sorted keys, small · n + large, of edges that exist: no chord may be one of them.

    Returns
    -------
    (r − 2, 3) vertex indices, or None where every triangulation needs a chord that is taken.

    The recursion of Barequet & Sharir, all spans of a length at once: O(r³) operations, O(r²) numbers.
    """
    points, r = vertices[loop], len(loop)
    barred = _barred(loop, taken, len(vertices))
    cost = np.full((r, r), np.inf)
    split = np.zeros((r, r), np.int64)
    cost[np.arange(r - 1), np.arange(1, r)] = 0.0
    for span in range(2, r):
        starts = np.arange(r - span)
        ends = starts + span
        middles = starts[:, None] + np.arange(1, span)
        area = _area(points[starts][:, None], points[middles], points[ends][:, None])
        total = cost[starts[:, None], middles] + cost[middles, ends[:, None]] + area
        best = total.argmin(axis=1)
        closing = (starts == 0) & (ends == r - 1)
        value = total[np.arange(len(starts)), best]
        cost[starts, ends] = np.where(barred[starts, ends] & ~closing, np.inf, value)
        split[starts, ends] = middles[np.arange(len(starts)), best]
    if not np.isfinite(cost[0, r - 1]):
        return None
    triangles, waiting = [], [(0, r - 1)]
    while waiting:
        i, j = waiting.pop()
        if j - i >= 2:
            k = int(split[i, j])
            triangles.append((i, k, j))
            waiting += [(i, k), (k, j)]
    return loop[np.array(triangles)]


def _barred(loop: np.ndarray, taken: np.ndarray, n: int) -> np.ndarray:
    """(r, r) whether a chord is an edge of the mesh already."""
    low, high = np.minimum(loop[:, None], loop), np.maximum(loop[:, None], loop)
    keys = low * np.int64(n) + high
    place = np.minimum(np.searchsorted(taken, keys), len(taken) - 1)
    found = taken[place] == keys
    r = np.arange(len(loop))
    found[r, (r + 1) % len(r)] = found[(r + 1) % len(r), r] = False  # the ring itself
    return found


def _area(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.cross(b - a, c - a), axis=-1) / 2
