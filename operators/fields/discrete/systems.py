"""Sparse systems that are factored once and solved many times, some of their values held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.ordering import nested_dissection
from geomlearn.operators.fields.expression import evaluate
from geomlearn.spectral.solver.cholesky import CholeskyFactor

Solve = Callable[[np.ndarray], np.ndarray]

# A healthy factor leaves about 1e-14; beyond this the matrix was numerically singular.
_WORST_RESIDUAL = 1e-8


def factor_symmetric(matrix: sp.csr_array) -> Solve:
    """Solve A x = b for a symmetric positive definite A, (q,) or (q, r) at a time, by CHOLMOD.

    Raises
    ------
    SolverError   A is not positive definite, or not finite.
    """
    _refuse_non_finite(matrix)
    try:
        factor = CholeskyFactor(matrix)
    except SolverError:
        raise SolverError(
            "The matrix of the step is not positive definite.", "Use the robust Laplacian, or repair the mesh."
        ) from None
    return _checked(matrix, factor.solve)


def factor_general(points: np.ndarray) -> Callable[[sp.csr_array], Solve]:
    """Factoring of matrices that need not be symmetric, whose unknowns sit at `points` (q, 3), by SuperLU.

    The matrix is first factored in the order of nested dissection with its diagonal for pivots, which is stable when
    its symmetric part is positive definite; when the result fails a check, by partial pivoting in SuperLU's own order.

    Raises
    ------
    SolverError   (on factoring) the matrix is singular, or not finite.
    """

    def factor(matrix: sp.csr_array) -> Solve:
        _refuse_non_finite(matrix)
        try:
            return _checked(matrix, _factor_dissected(matrix, points))
        except (RuntimeError, SolverError):
            pass
        try:
            return _checked(matrix, splu(matrix.tocsc()).solve)
        except RuntimeError:
            raise SolverError(
                "The matrix of the step is singular.", "Use a shorter time step, or repair the mesh."
            ) from None

    return factor


def _factor_dissected(matrix: sp.csr_array, points: np.ndarray) -> Solve:
    order = nested_dissection(points, matrix.tocsr())
    place = np.argsort(order)
    factor = splu(
        matrix.tocsr()[order][:, order].tocsc(),
        permc_spec="NATURAL",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return lambda rhs: factor.solve(rhs[order])[place]


def solve_pinned(stiffness: sp.csr_array, rhs: np.ndarray, components: np.ndarray) -> np.ndarray:
    """One solution of the singular L x = b, zero at the first vertex of every component.

    b must sum to zero over each component, as then the pinned equations hold by themselves.
    """
    pinned = np.unique(components, return_index=True)[1]
    held = Held(len(rhs), pinned, np.zeros(len(pinned)))
    return held.solver(stiffness, factor_symmetric, refine=True)(rhs)


@dataclass(frozen=True, eq=False)
class Held:
    """Unknowns whose value is given once for all: u = `values` at `indices`, out of `n`."""

    n: int
    indices: np.ndarray
    values: np.ndarray

    def apply(self, u: np.ndarray) -> np.ndarray:
        """`u` with the held values in place."""
        if len(self.indices) == 0:
            return u
        u = u.copy()
        u[self.indices] = self.values
        return u

    def at_rest(self) -> Held:
        """The same unknowns held at zero: what their velocities are."""
        return Held(self.n, self.indices, np.zeros_like(self.values))

    def solver(self, matrix: sp.csr_array, factor: Callable[[sp.csr_array], Solve], *, refine: bool = False) -> Solve:
        """Solve the rows of A u = b that are not held, for u with the held values; factored here, once.

        `refine` adds one step of iterative refinement, for systems solved once.
        """
        solve_free = factor(self._decoupled(matrix))
        if refine:
            solve_free = _refined(self._decoupled(matrix), solve_free)
        if len(self.indices) == 0:
            return solve_free
        lift = matrix.tocsr()[:, self.indices] @ self.values

        def solve(rhs: np.ndarray) -> np.ndarray:
            rhs = rhs - lift
            rhs[self.indices] = 0.0
            return self.apply(solve_free(rhs))

        return solve

    def _decoupled(self, matrix: sp.csr_array) -> sp.csr_array:
        """The matrix with the held rows and columns emptied but for their diagonal: as definite as it was."""
        if len(self.indices) == 0:
            return matrix
        is_held = np.zeros(self.n)
        is_held[self.indices] = 1.0
        keep = sp.diags_array(1 - is_held)
        size = np.abs(matrix.diagonal()).max()
        return sp.csr_array(keep @ matrix @ keep + sp.diags_array(size * is_held))


def hold_rim(domain: Domain, boundary: str, boundary_values: str) -> Held:
    """Nothing held for "neumann"; the rim held at a formula's values for "dirichlet".

    Raises
    ------
    ParameterError   the shape has no rim to hold, or the formula is not usable.
    """
    if boundary == "neumann":
        return Held(domain.n_unknowns, np.zeros(0, np.int64), np.zeros(0))
    if len(domain.rim) == 0:
        what = "is a point cloud, whose rim is not known" if domain.shape.is_cloud else "is closed and has no rim"
        raise ParameterError(f"{domain.shape.name} {what}.", "Use boundary = neumann.")
    return Held(domain.n_unknowns, domain.rim, evaluate(boundary_values, domain.points[domain.rim]))


def _refined(matrix: sp.csr_array, solve: Solve) -> Solve:
    def solve_twice(rhs: np.ndarray) -> np.ndarray:
        solution = solve(rhs)
        return solution + solve(rhs - matrix @ solution)

    return solve_twice


def _refuse_non_finite(matrix: sp.sparray) -> None:
    if not np.isfinite(matrix.data).all():
        raise SolverError("The matrix of the step is not finite.", "Check the coefficients and the size of the shape.")


def _checked(matrix: sp.sparray, solve: Solve) -> Solve:
    """`solve`, once it has proved itself on a right-hand side whose solution is known."""
    expected = np.random.default_rng(0).uniform(-1, 1, matrix.shape[0])
    rhs = matrix @ expected
    scale = abs(matrix).sum(axis=1).max()
    if not np.abs(matrix @ solve(rhs) - rhs).max() <= _WORST_RESIDUAL * scale:
        raise SolverError(
            "The matrix of the step is numerically singular.", "Repair the mesh, or use the robust Laplacian."
        )
    return solve
