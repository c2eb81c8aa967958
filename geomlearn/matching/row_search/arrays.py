"""Searches among rows of arrays, on a processor."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

from geomlearn.matching.row_search.search import RowSearch

# Up to this many points every one is compared; beyond, cells keep the cost near-linear.
EXACT_POINTS = 4_000
# Cells in which each query looks for its point. Eight find the nearest for 99.5 % of the queries between two poses of
# a creature at 30 k vertices, seven times faster; the others get one hardly farther.
CELLS_VISITED = 8
# Size of one block of the distance matrix, and of one of listed points: what stays in the caches.
BLOCK_BYTES, LISTED_BYTES = 8 << 20, 1 << 20


class ArraySearch(RowSearch):
    """On a processor, by numpy and its BLAS.

    Parameters
    ----------
    precision   "float32" or "float64".
    """

    def __init__(self, precision: str = "float32") -> None:
        self._dtype = np.dtype(precision)
        self._buffers: dict[str, np.ndarray] = {}

    def held(self, array: np.ndarray, precision: str = "") -> np.ndarray:
        return np.ascontiguousarray(array, dtype=precision or self._dtype)

    def indices(self, array: np.ndarray) -> np.ndarray:
        return np.asarray(array)

    def nearest(self, queries: np.ndarray, points: np.ndarray, half_norms: np.ndarray) -> np.ndarray:
        """Among more than `EXACT_POINTS` points only the cells near each query are searched."""
        # ⟨(q, −1), (p, half norm)⟩ is largest for the nearest p: one product per block, then its largest entries.
        moving, fixed = self._wide("queries", queries, -1.0), self._wide("points", points, half_norms)
        return self._largest(moving, fixed) if len(points) <= EXACT_POINTS else self._largest_by_cells(moving, fixed)

    def nearest_listed(
        self, queries: np.ndarray, points: np.ndarray, half_norms: np.ndarray, listed: np.ndarray
    ) -> np.ndarray:
        width, k = listed.shape[1], points.shape[1]
        step = max(1, LISTED_BYTES // (width * k * points.itemsize))
        copied = self._buffer("listed", step * width, k)
        found = np.empty(len(queries), np.int64)
        for start in range(0, len(queries), step):
            some = listed[start : start + step]
            # Indices are right by construction, and checking them would go through a copy of its own.
            near = points.take(some.ravel(), axis=0, out=copied[: some.size], mode="clip").reshape(*some.shape, k)
            scores = np.matmul(near, queries[start : start + step, :, None])[:, :, 0] - half_norms[some]
            found[start : start + step] = np.take_along_axis(some, scores.argmax(axis=1)[:, None], axis=1)[:, 0]
        return found

    def solved(self, squares: np.ndarray, right: np.ndarray) -> np.ndarray:
        rounding = len(squares) * np.finfo(squares.dtype).eps
        try:
            factor = cholesky(squares, lower=True, check_finite=False)
            pivots = factor.diagonal()
            if pivots.min() > rounding**0.5 * pivots.max():
                return cho_solve((factor, True), right, check_finite=False).astype(float)
        except LinAlgError:
            pass
        return np.linalg.lstsq(squares, right, rcond=10 * rounding)[0].astype(float)

    def _product(self, rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        return np.matmul(rows, matrix, out=self._buffer("moved", len(rows), matrix.shape[1]))

    def _largest(self, moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
        """(q,) the rows of `fixed` with the largest products with each row of `moving`."""
        found = np.empty(len(moving), np.int64)
        for part, scores in self._blocks(moving, fixed):
            found[part] = scores.argmax(axis=1)
        return found

    def _largest_few(self, moving: np.ndarray, fixed: np.ndarray, count: int) -> np.ndarray:
        """(q, count) the same for the largest few, in no order."""
        found = np.empty((len(moving), count), np.int64)
        for part, scores in self._blocks(moving, fixed):
            found[part] = scores.argpartition(-count, axis=1)[:, -count:]
        return found

    def _blocks(self, moving: np.ndarray, fixed: np.ndarray):
        """Slices of the rows of `moving`, and their products with all rows of `fixed`."""
        rows = min(len(moving), max(1, BLOCK_BYTES // (len(fixed) * moving.itemsize)))
        block = self._buffer("block", rows, len(fixed))
        for start in range(0, len(moving), rows):
            part = slice(start, min(start + rows, len(moving)))
            yield part, np.matmul(moving[part], fixed.T, out=block[: part.stop - start])

    def _largest_by_cells(self, moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
        """`_largest` in O(n^1.5): points fall into cells around some of them, queries visit the nearest cells."""
        n_cells = int(np.sqrt(CELLS_VISITED * len(fixed)))
        centers = fixed[np.linspace(0, len(fixed) - 1, n_cells).astype(int)]
        # The nearest centre to a point in the plain sense: half norms of the centres as they are.
        flat = np.column_stack([centers[:, :-1], (centers[:, :-1] ** 2).sum(axis=1) / 2])
        lifted = np.column_stack([fixed[:, :-1], np.full(len(fixed), -1.0, self._dtype)])
        members = _grouped(self._largest(lifted, flat), n_cells)
        visitors = _grouped(self._largest_few(moving, centers, CELLS_VISITED).ravel(), n_cells)
        best = np.full(len(moving), -np.inf, self._dtype)
        found = np.zeros(len(moving), np.int64)
        for cell, entries in zip(members, visitors, strict=True):
            if len(cell) == 0 or len(entries) == 0:
                continue
            queries = entries // CELLS_VISITED
            scores = moving[queries] @ fixed[cell].T
            index = scores.argmax(axis=1)
            value = np.take_along_axis(scores, index[:, None], axis=1)[:, 0]
            better = value > best[queries]
            queries = queries[better]
            best[queries], found[queries] = value[better], cell[index[better]]
        return found

    def _wide(self, name: str, rows: np.ndarray, column: np.ndarray | float) -> np.ndarray:
        wide = self._buffer(name, rows.shape[0], rows.shape[1] + 1)
        wide[:, :-1] = rows
        wide[:, -1] = column
        return wide

    def _buffer(self, name: str, rows: int, columns: int) -> np.ndarray:
        """(rows, columns) memory of that name; what was in it before is gone."""
        found = self._buffers.get(name)
        if found is None or found.size < rows * columns:
            found = self._buffers[name] = np.empty(rows * columns, self._dtype)
        return found[: rows * columns].reshape(rows, columns)


def _grouped(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """For each label 0 … count − 1 the positions where it stands."""
    return np.split(labels.argsort(kind="stable"), np.bincount(labels, minlength=count).cumsum()[:-1])
