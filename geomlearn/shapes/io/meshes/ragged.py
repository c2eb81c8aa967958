"""Rows of different lengths that each begin with their length."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.triangulate import Polygons


def walk(values: np.ndarray, n_rows: int, extra: int = 0) -> tuple[Polygons | None, int]:
    """Rows ``count item … item`` followed by `extra` numbers each.

    Returns
    -------
    polygons   the items, or None when the rows run past the end or a count is negative.
    end        how many values were used.
    """
    if n_rows == 0:
        return Polygons.none(), 0
    if len(values) == 0:
        return None, 0
    count = int(values[0])
    stride = count + 1 + extra
    if count >= 0 and n_rows * stride <= len(values):
        table = values[: n_rows * stride].reshape(n_rows, stride)
        if (table[:, 0] == count).all():
            return Polygons.uniform(table[:, 1 : 1 + count].astype(np.int64)), n_rows * stride
    counts = _counts(values.tolist(), n_rows, extra)
    if counts is None:
        return None, 0
    sizes = counts + 1 + extra
    ends = np.cumsum(sizes)
    keep = np.ones(ends[-1], bool)
    keep[ends - sizes] = False
    if extra:
        keep[(ends[:, None] - np.arange(1, extra + 1)).ravel()] = False
    return Polygons(values[: ends[-1]][keep].astype(np.int64), counts), int(ends[-1])


def _counts(values: list[int], n_rows: int, extra: int) -> np.ndarray | None:
    """(n_rows,) the counts, each of which tells where the next one stands."""
    counts, at, length = [], 0, len(values)
    for _ in range(n_rows):
        if at >= length:
            return None
        count = values[at]
        if count < 0:
            return None
        counts.append(count)
        at += count + 1 + extra
    return np.array(counts, np.int64) if at <= length else None


def strips(corners: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(m, 3) triangles of triangle strips, every second one turned so that all face the same way."""
    triangles = [np.zeros((0, 3), np.int64)]
    for start, count in zip((np.cumsum(counts) - counts).tolist(), counts.tolist(), strict=True):
        if count >= 3:
            strip = corners[start : start + count]
            part = np.stack([strip[:-2], strip[1:-1], strip[2:]], axis=1)
            part[1::2] = part[1::2, [1, 0, 2]]
            triangles.append(part)
    return np.concatenate(triangles)
