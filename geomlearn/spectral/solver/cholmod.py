"""CHOLMOD called directly, inside the library that cholespy brings along.

cholespy holds the interpreter's lock while it solves, so a second core idles; it copies every block four times, and
takes fresh memory for it. Called by its own names CHOLMOD reads and writes our rows in place, beside other threads.
"""

from __future__ import annotations

import ctypes
import weakref
from ctypes import POINTER, Structure, byref, c_byte, c_double, c_int, c_size_t, c_void_p
from functools import cache

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import SolverError

_SIMPLICIAL, _NESTED_DISSECTION = 0, 4
_LOWER, _REAL, _SOLVE_A = -1, 1, 0


class _Method(Structure):
    _fields_ = (
        ("counts", c_double * 2),
        ("prune_dense", c_double * 2),
        ("nd_oksep", c_double),
        ("other_1", c_double * 4),
        ("nd_small", c_size_t),
        ("other_2", c_size_t * 4),
        ("switches", c_int * 5),
        ("ordering", c_int),
        ("other_3", c_size_t * 4),
    )


class _Common(Structure):
    """The head of `cholmod_common`, and room for the rest of it."""

    _fields_ = (
        ("dbound", c_double),
        ("grow", c_double * 2),
        ("grow2", c_size_t),
        ("maxrank", c_size_t),
        ("supernodal_switch", c_double),
        ("supernodal", c_int),
        ("final_asis", c_int),
        ("final_super", c_int),
        ("final_ll", c_int),
        ("final_rest", c_int * 3),
        ("zrelax", c_double * 3),
        ("nrelax", c_size_t * 3),
        ("prefer", c_int * 4),
        ("print", c_int),
        ("precise", c_int),
        ("try_catch", c_int),
        ("error_handler", c_void_p),
        ("nmethods", c_int),
        ("current", c_int),
        ("selected", c_int),
        ("method", _Method * 10),
        ("rest", c_byte * 2**15),
    )


class _Sparse(Structure):
    _fields_ = (
        *((name, c_size_t) for name in ("nrow", "ncol", "nzmax")),
        *((name, c_void_p) for name in ("p", "i", "nz", "x", "z")),
        *((name, c_int) for name in ("stype", "itype", "xtype", "dtype", "sorted", "packed")),
    )


class _Dense(Structure):
    _fields_ = (
        *((name, c_size_t) for name in ("nrow", "ncol", "nzmax", "d")),
        *((name, c_void_p) for name in ("x", "z")),
        *((name, c_int) for name in ("xtype", "dtype")),
    )


@cache
def library() -> ctypes.CDLL | None:
    """CHOLMOD, or None where cholespy hides it or lays its settings out otherwise than we know."""
    from cholespy import _cholespy_core

    try:
        found = ctypes.CDLL(_cholespy_core.__file__)
        for name in ("cholmod_start", "cholmod_factorize", "cholmod_solve2", "cholmod_finish"):
            getattr(found, name).restype = c_int
        for name in ("cholmod_free_factor", "cholmod_free_dense"):
            getattr(found, name).restype = c_int
        found.cholmod_analyze.restype = c_void_p
    except (OSError, AttributeError):
        return None
    common = _Common()
    found.cholmod_start(byref(common))
    first, known = common.method[0], True
    known &= (common.dbound, *common.grow, common.grow2, common.supernodal_switch) == (0.0, 1.2, 1.2, 5, 40.0)
    known &= (first.nd_oksep, first.nd_small, common.print, common.nmethods) == (1.0, 200, 3, 0)
    known = known and _lays_out_as_we_know(found, common)
    found.cholmod_finish(byref(common))
    return found if known else None


def _lays_out_as_we_know(cholmod: ctypes.CDLL, common: _Common) -> bool:
    """Whether matrices that CHOLMOD makes itself read through our structures as what was asked for."""
    try:
        makers = cholmod.cholmod_allocate_sparse, cholmod.cholmod_allocate_dense
        cholmod.cholmod_free_sparse.restype = c_int
    except AttributeError:
        return False
    for maker in makers:
        maker.restype = c_void_p
    sizes = [c_size_t(size) for size in (7, 5, 11)]
    sparse = c_void_p(makers[0](*sizes, 1, 1, 0, _REAL, byref(common)))
    dense = c_void_p(makers[1](*(c_size_t(size) for size in (7, 5, 9)), _REAL, byref(common)))
    try:
        one = ctypes.cast(sparse, POINTER(_Sparse)).contents
        two = ctypes.cast(dense, POINTER(_Dense)).contents
        flags = [getattr(one, name) for name in ("stype", "itype", "xtype", "dtype", "sorted", "packed")]
        known = (one.nrow, one.ncol, one.nzmax, *flags) == (7, 5, 11, 0, 0, _REAL, 0, 1, 1)
        known &= (two.nrow, two.ncol, two.nzmax, two.d, two.xtype, two.dtype) == (7, 5, 45, 9, _REAL, 0)
        return bool(known and one.p and one.i and one.x and two.x and not (one.z or two.z))
    finally:
        cholmod.cholmod_free_sparse(byref(sparse), byref(common))
        cholmod.cholmod_free_dense(byref(dense), byref(common))


class _Workspace:
    """What one solve at a time needs of its own: settings, and two buffers that CHOLMOD keeps for the next one."""

    def __init__(self, cholmod: ctypes.CDLL) -> None:
        self.common, self.buffers = _Common(), (c_void_p(), c_void_p())
        cholmod.cholmod_start(byref(self.common))
        self.common.print = 0
        weakref.finalize(self, _free_workspace, cholmod, self.common, self.buffers)


def _free_workspace(cholmod: ctypes.CDLL, common: _Common, buffers: tuple[c_void_p, c_void_p]) -> None:
    for buffer in buffers:
        cholmod.cholmod_free_dense(byref(buffer), byref(common))
    cholmod.cholmod_finish(byref(common))


class CholmodFactor:
    """L Lᵀ = P A Pᵀ for a sparse symmetric positive definite A, ordered by nested dissection.

    Parameters
    ----------
    cholmod   `library()`.
    matrix    (n, n) CSC, sorted; its lower triangle is read.

    Raises
    ------
    SolverError   the matrix is not positive definite, or its factor does not fit in memory.
    """

    def __init__(self, cholmod: ctypes.CDLL, matrix: sp.csc_array) -> None:
        self._cholmod = cholmod
        self.n = matrix.shape[0]
        self._idle = [_Workspace(cholmod)]
        common = self._idle[0].common
        common.supernodal, common.final_ll, common.nmethods = _SIMPLICIAL, 1, 1
        common.method[0].ordering = _NESTED_DISSECTION
        arrays = [matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)]
        starts, rows, values = (array.ctypes.data for array in arrays)
        lower = _Sparse(self.n, self.n, matrix.nnz, starts, rows, None, values, None, _LOWER, 0, _REAL, 0, 1, 1)
        self._factor = c_void_p(cholmod.cholmod_analyze(byref(lower), byref(common)))
        weakref.finalize(self, _free_factor, cholmod, self._factor, self._idle[0])
        if not (self._factor and cholmod.cholmod_factorize(byref(lower), self._factor, byref(common))):
            raise SolverError(f"The factor of {self.n} unknowns does not fit in memory.", "Use a smaller shape.")
        _, n_good = ctypes.cast(self._factor, POINTER(c_size_t * 2)).contents
        if n_good < self.n:
            raise SolverError("The matrix to factor is not positive definite.", "Repair the mesh first.")

    def solve_rows(self, rows: np.ndarray, out: np.ndarray) -> None:
        """Solve for each row (b, n) into `out`, both contiguous; threads may call this at the same time."""
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = _Workspace(self._cholmod)
        right, solution = (self._dense(array) for array in (rows, out))
        # CHOLMOD takes memory of its own only where what is handed in is too small.
        handle = ctypes.pointer(solution)
        buffers = [byref(buffer) for buffer in workspace.buffers]
        solved = self._cholmod.cholmod_solve2(
            _SOLVE_A, self._factor, byref(right), None, byref(handle), None, *buffers, byref(workspace.common)
        )
        self._idle.append(workspace)
        if not solved:
            raise SolverError(f"{len(rows)} solves of {self.n} unknowns do not fit in memory.", "Use a smaller shape.")

    def _dense(self, rows: np.ndarray) -> _Dense:
        return _Dense(self.n, len(rows), rows.size, self.n, rows.ctypes.data, None, _REAL, 0)


def _free_factor(cholmod: ctypes.CDLL, factor: c_void_p, workspace: _Workspace) -> None:
    cholmod.cholmod_free_factor(byref(factor), byref(workspace.common))
