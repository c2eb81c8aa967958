"""Sparse Cholesky factors, used for many right-hand sides at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.threads import n_threads
from geomlearn.spectral.solver.cholmod import CholmodFactor, library

# CHOLMOD sweeps its factor once for up to four right-hand sides: a solve of four costs little more than one of two.
COLUMNS_PER_SWEEP = 4
# Below this many unknowns a sweep takes less time than waking a thread.
WORTH_A_THREAD = 4000


# Chooses the library that factors; CHOLMOD is LGPL and GPL, SuperLU has a permissive licence.
VARIABLE = "GEOMLEARN_CHOLESKY"
LIBRARIES = ("cholmod", "superlu")


def chosen_library() -> str:
    """What `GEOMLEARN_CHOLESKY` asks for: cholmod when it says nothing.

    Raises
    ------
    ParameterError   it names something else.
    """
    name = os.environ.get(VARIABLE, "").strip().lower() or LIBRARIES[0]
    if name not in LIBRARIES:
        raise ParameterError(f"{VARIABLE} is {name!r}.", f"Set it to {' or '.join(LIBRARIES)}.")
    return name


class CholeskyFactor:
    """The factor of a sparse symmetric positive definite matrix: by CHOLMOD with nested dissection, or by SuperLU.

    Sweeps run beside each other in as many threads as cores were free when the factor was made.

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
        self._factor, parallel = _factored(csc)
        self._n_threads = n_threads() if parallel else 1
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


def _factored(csc: sp.csc_array) -> tuple[_Factor, bool]:
    """The factor, and whether several threads may solve with it at a time."""
    if chosen_library() == "superlu":
        return SuperLUFactor(csc), False
    cholmod = library()
    return (_CholespyFactor(csc), False) if cholmod is None else (CholmodFactor(cholmod, csc), True)


class _Factor(Protocol):
    def solve_rows(self, rows: np.ndarray, out: np.ndarray) -> None: ...


class SuperLUFactor:
    """The same by SuperLU, which comes with scipy: no code under the GPL or LGPL is loaded.

    It makes a general LU factor, ordered by minimum degree of the symmetric pattern: 64 modes of a sphere of 20,000
    vertices took 1.5 times the seconds and 1.14 times the memory.
    """

    def __init__(self, csc: sp.csc_array) -> None:
        from scipy.sparse.linalg import splu

        refusal = SolverError("The matrix to factor is not positive definite.", "Repair the mesh first.")
        options = {"SymmetricMode": True}
        try:
            self._lu = splu(csc, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
        except RuntimeError:  # exactly singular
            raise refusal from None
        # Pivots off the diagonal, or none that is positive, show up only where the matrix is not definite.
        if not np.array_equal(self._lu.perm_r, self._lu.perm_c) or not (self._lu.U.diagonal() > 0).all():
            raise refusal

    def solve_rows(self, rows: np.ndarray, out: np.ndarray) -> None:
        out[:] = self._lu.solve(np.ascontiguousarray(rows.T)).T


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
