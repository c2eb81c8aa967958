"""Sparse Cholesky factors, used for many right-hand sides at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import SolverError
from geomlearn.spectral.solver.cholmod import CholmodFactor, library
from geomlearn.spectral.solver.slabs import n_blas_threads

# CHOLMOD sweeps its factor once for up to four right-hand sides: a solve of four costs little more than one of two.
COLUMNS_PER_SWEEP = 4
# Below this many unknowns a sweep takes less time than waking a thread.
WORTH_A_THREAD = 4000


class CholeskyFactor:
    """The factor of a sparse symmetric positive definite matrix, by CHOLMOD with nested dissection.

    Sweeps run beside each other in as many threads as BLAS would have used when the factor was made.

    Parameters
    ----------
    matrix (n, n) sparse, both triangles stored.

    Raises
    ------
    SolverError   the matrix is not positive definite, or its factor does not fit in memory.
    """

    def __init__(self, matrix: sp.sparray) -> None:
        csc = sp.csc_array(matrix, copy=True)
        csc.sort_indices()
        self.n = csc.shape[0]
        cholmod = library()
        self._factor = _CholespyFactor(csc) if cholmod is None else CholmodFactor(cholmod, csc)
        self._n_threads = 1 if cholmod is None else n_blas_threads()
        self._pool: ThreadPoolExecutor | None = None

    def solve_rows(self, rows: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Row i of the result solves the system with row i of `rows` (b, n) on the right; `out` may take the result."""
        rows = np.ascontiguousarray(rows, np.float64)
        out = np.empty_like(rows) if out is None else out
        starts = range(0, len(rows), COLUMNS_PER_SWEEP)

        def sweep(start: int) -> None:
            some = slice(start, start + COLUMNS_PER_SWEEP)
            self._factor.solve_rows(rows[some], out[some])

        if len(starts) > 1 and self._n_threads > 1 and self.n >= WORTH_A_THREAD:
            self._pool = self._pool or ThreadPoolExecutor(self._n_threads)
            list(self._pool.map(sweep, starts))
        else:
            for start in starts:
                sweep(start)
        return out

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The solution for one right-hand side (n,) or several (n, c)."""
        if right.ndim == 1:
            return self.solve_rows(right[None])[0]
        return self.solve_rows(right.T).T


class _CholespyFactor:
    """The same through cholespy's own door, for platforms whose build of it keeps CHOLMOD to itself."""

    def __init__(self, csc: sp.csc_array) -> None:
        from cholespy import CholeskySolverD, MatrixType

        indices = (csc.indptr.astype(np.int32), csc.indices.astype(np.int32))
        try:
            self._solver = CholeskySolverD(csc.shape[0], *indices, csc.data.astype(np.float64), MatrixType.CSC)
        except ValueError:
            raise SolverError("The matrix to factor is not positive definite.", "Repair the mesh first.") from None

    def solve_rows(self, rows: np.ndarray, out: np.ndarray) -> None:
        solution = np.empty((rows.shape[1], len(rows)))
        self._solver.solve(np.ascontiguousarray(rows.T), solution)
        out[:] = solution.T
