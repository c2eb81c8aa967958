"""Sparse Cholesky factors, used for many right-hand sides at once."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import SolverError

# CHOLMOD sweeps its factor once for up to four right-hand sides: a solve of four costs little more than one of two.
COLUMNS_PER_SWEEP = 4


class CholeskyFactor:
    """The factor of a sparse symmetric positive definite matrix, by CHOLMOD with nested dissection.

    Parameters
    ----------
    matrix (n, n) sparse, both triangles stored.

    Raises
    ------
    SolverError   the matrix is not positive definite.
    """

    def __init__(self, matrix: sp.sparray) -> None:
        from cholespy import CholeskySolverD, MatrixType

        csc = sp.csc_array(matrix, copy=True)
        csc.sort_indices()
        self.n = csc.shape[0]
        self._kept: tuple[np.ndarray, np.ndarray] | None = None
        try:
            self._solver = CholeskySolverD(
                self.n,
                csc.indptr.astype(np.int32),
                csc.indices.astype(np.int32),
                csc.data.astype(np.float64),
                MatrixType.CSC,
            )
        except ValueError:
            raise SolverError("The matrix to factor is not positive definite.", "Repair the mesh first.") from None

    def solve_rows(self, rows: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Row i of the result solves the system with row i of `rows` (b, n) on the right; `out` may take the result.

        Fresh memory costs as much as a fifth of the solve, so the columns in between are kept for the next call.
        """
        out = np.empty_like(rows) if out is None else out
        for start in range(0, len(rows), COLUMNS_PER_SWEEP):
            some = slice(start, start + COLUMNS_PER_SWEEP)
            right, solution = self._columns(len(rows[some]))
            right[:] = rows[some].T
            self._solver.solve(right, solution)
            out[some] = solution.T
        return out

    def _columns(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        if self._kept is None or self._kept[0].shape[1] != count:
            self._kept = np.empty((self.n, count)), np.empty((self.n, count))
        return self._kept

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The solution for one right-hand side (n,) or several (n, c)."""
        if right.ndim == 1:
            return self.solve_rows(np.asarray(right, np.float64)[None])[0]
        return self.solve_rows(np.ascontiguousarray(right.T, dtype=np.float64)).T
