"""Functional maps: the matrix that carries functions from one shape to another, found from descriptors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from geomlearn.core.errors import ParameterError, SizeMismatch, SolverError
from geomlearn.matching.options import FunctionalMapOptions
from geomlearn.matching.terms.energy import Commutator, MapEnergy, laplacian_mask, product_operators, resolvent_mask
from geomlearn.spectral.basis import Basis

# Up to this many unknowns one dense Cholesky factorisation beats L-BFGS; its matrix then takes 50 MB.
NORMAL_SIZE = 2500
# Added to its diagonal, over the mean of that: the first unless rounding makes the matrix singular.
RIDGES = (1e-12, 1e-8, 1e-4)


@dataclass(frozen=True, eq=False)
class Constraints:
    """What of one shape a functional map is to carry to the other, or to commute with.

    Attributes
    ----------
    basis                with `k_solve` modes or more, of a shape of the other's area.
    descriptors (n, c)   functions that correspond, column by column, to those of the other shape.
    orientation (c, ≥ k, ≥ k)  from `orientation_operators`; where either shape has none, the term is left out.
    products (c, ≥ k, ≥ k)     from `product_operators`, where they are known already.
    """

    basis: Basis
    descriptors: np.ndarray
    orientation: np.ndarray | None = None
    products: np.ndarray | None = None

    def multiplications(self, k: int) -> np.ndarray:
        """(c, k, k) operators of multiplying by the descriptors, those known or new ones."""
        if self.products is None:
            return product_operators(self.basis.truncated(k), self.descriptors)
        return self.products[:, :k, :k]


def functional_map(
    a: Constraints,
    b: Constraints,
    options: FunctionalMapOptions = FunctionalMapOptions(),  # noqa: B008 (frozen)
) -> np.ndarray:
    """The matrix C that best carries descriptors of A to descriptors of B and commutes with what a map should keep.

    Parameters
    ----------
    a, b   what is known of the two shapes, column by column in the same order.

    Returns
    -------
    fmap_ab (k_solve, k_solve), carrying coefficients from A to B.

    Raises
    ------
    SizeMismatch    descriptors do not fit the bases or each other.
    ParameterError  a basis has fewer modes than `k_solve`.
    SolverError     L-BFGS did not converge; `best` carries its matrix.

    Use when …   shapes deform into each other nearly isometrically.
    Avoid when … the shapes are symmetric and neither landmarks nor orientation tell left from right.
    Source   Ovsjanikov et al. 2012, Functional Maps; Ren et al. 2018, 2019 for orientation and resolvent mask.
    Differs  1. Terms are divided by their mean curvature, so that equal weights pull equally hard.
             2. All terms are quadratic: the minimum is exact by rows or one linear system while that is cheap.
    """
    energy = map_energy(a, b, options)
    solver = options.solver
    if solver == "auto":
        small = energy.mask.size <= NORMAL_SIZE
        solver = "rows" if not energy.commutators else "normal" if small else "lbfgs"
    if solver == "rows":
        return solve_rows(energy)
    return solve_normal(energy) if solver == "normal" else solve_lbfgs(energy, options.max_iterations)


def map_energy(a: Constraints, b: Constraints, options: FunctionalMapOptions) -> MapEnergy:
    """The energy that `functional_map` minimises."""
    k = options.k_solve
    _check_sizes(a, b, k)
    basis_a, basis_b = a.basis.truncated(k), b.basis.truncated(k)
    if options.mask == "resolvent":
        mask = resolvent_mask(basis_a.evals, basis_b.evals, options.gamma)
    else:
        mask = laplacian_mask(basis_a.evals, basis_b.evals)
    commutators = []
    if options.w_products > 0:
        operators = a.multiplications(k), b.multiplications(k)
        commutators.append(Commutator(*operators, options.w_products))
    if options.w_orientation > 0 and a.orientation is not None and b.orientation is not None:
        sign = 1.0 if options.orientation == "direct" else -1.0
        operators = a.orientation[:, :k, :k], sign * b.orientation[:, :k, :k]
        commutators.append(Commutator(*operators, options.w_orientation))
    return MapEnergy(
        basis_a.project(a.descriptors),
        basis_b.project(b.descriptors),
        mask,
        options.w_descriptors,
        options.w_mask,
        tuple(commutators),
        constant_column(basis_a, basis_b),
    )


def constant_column(basis_a: Basis, basis_b: Basis) -> np.ndarray | None:
    """(k_b,) where the first mode of A goes if both first modes are constant: (±√(area_b / area_a), 0, …).

    None for bases whose first mode is not the constant: several components, or a rim held at zero.
    """
    means = []
    for basis in (basis_a, basis_b):
        mean = basis.mass @ basis.evecs[:, 0] / np.sqrt(basis.mass.sum())
        if abs(mean) < 1 - 1e-6:
            return None
        means.append(np.sign(mean))
    column = np.zeros(basis_b.k)
    column[0] = means[0] * means[1] * np.sqrt(basis_b.mass.sum() / basis_a.mass.sum())
    return column


def solve_rows(energy: MapEnergy) -> np.ndarray:
    """The exact minimum when there are no commutators: the rows of C are independent, one batched solve for all.

    Row i solves (w_d A Aᵀ + w_l diag D_i) c_i = w_d A B_i.

    Raises
    ------
    ParameterError   the energy has commutators, which tie rows together.
    """
    if energy.commutators:
        raise ParameterError("Rows cannot be solved apart: the energy has commutators.", "Use solver auto.")
    w_d, w_l = energy.scaled_weights
    a, b, column = energy.coefficients_a, energy.coefficients_b, energy.first_column
    first = 0 if column is None else 1
    right = w_d * (b @ a[first:].T)
    if column is not None:
        right -= w_d * np.outer(column, a[0] @ a[1:].T)
    mask = energy.mask[:, first:]
    systems = np.broadcast_to(w_d * (a[first:] @ a[first:].T), (len(b), mask.shape[1], mask.shape[1])).copy()
    diagonal = np.arange(mask.shape[1])
    # A row whose mask vanishes may lack descriptors to settle it; the ridge then picks the smallest solution.
    ridge = 1e-12 * w_d * (a**2).sum()
    systems[:, diagonal, diagonal] += w_l * mask + ridge
    rows = np.linalg.solve(systems, right[:, :, None])[:, :, 0]
    return rows if column is None else np.column_stack([column, rows])


def solve_normal(energy: MapEnergy) -> np.ndarray:
    """The exact minimum of all terms from one dense system in the entries of C; O((k_a k_b)³).

    Raises
    ------
    SolverError   nothing settles the entries: descriptors and mask are zero or no numbers.
    """
    shape = energy.mask.shape
    matrix, right = energy.normal_equations()
    entries = np.arange(matrix.shape[0]).reshape(shape)
    solution = np.zeros(shape)
    free = entries.ravel()
    if energy.first_column is not None:
        solution[:, 0] = energy.first_column
        free = entries[:, 1:].ravel()
        right = right - matrix[:, entries[:, 0]] @ energy.first_column
        matrix = matrix[np.ix_(free, free)]
    diagonal = np.diag_indices(len(matrix))
    mean = np.trace(matrix) / len(matrix)
    for ridge in RIDGES:
        matrix[diagonal] += ridge * mean
        try:
            solution.ravel()[free] = scipy.linalg.solve(matrix, right[free], assume_a="pos", check_finite=False)
            return solution
        except scipy.linalg.LinAlgError:
            # Descriptors that are the same everywhere, as on spheres, settle next to nothing.
            continue
    raise SolverError(
        "The descriptors settle no functional map: their equations are singular.",
        "Give shapes with features, or landmarks.",
    )


def solve_lbfgs(energy: MapEnergy, max_iterations: int = 2000) -> np.ndarray:
    """The minimum by L-BFGS with analytic gradients; memory O(k_a k_b).

    Raises
    ------
    SolverError   it did not converge within `max_iterations`; `best` carries the matrix reached.
    """
    shape = energy.mask.shape
    start = np.zeros(shape)
    if energy.first_column is not None:
        start[:, 0] = energy.first_column

    def value_and_gradient(entries: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = energy.value_and_gradient(entries.reshape(shape))
        if energy.first_column is not None:
            gradient[:, 0] = 0
        return value, gradient.ravel()

    scale = max(np.abs(value_and_gradient(start.ravel())[1]).max(), np.finfo(float).tiny)
    # A tenth of a second to import, and seldom needed.
    from scipy.optimize import minimize

    found = minimize(
        value_and_gradient,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iterations, "maxfun": 2 * max_iterations, "ftol": 1e-15, "gtol": 1e-9 * scale},
    )
    if found.nit >= max_iterations:
        raise SolverError(
            f"L-BFGS did not reach the minimum in {max_iterations} iterations.",
            "Allow more, or use fewer modes.",
            best=found.x.reshape(shape),
        )
    return found.x.reshape(shape)


def _check_sizes(a: Constraints, b: Constraints, k: int) -> None:
    if k > min(a.basis.k, b.basis.k):
        raise ParameterError(
            f"k_solve = {k} exceeds the {min(a.basis.k, b.basis.k)} modes of the smaller basis.",
            "Compute larger bases.",
        )
    for name, side in (("A", a), ("B", b)):
        shape, n_vertices = side.descriptors.shape, side.basis.n_vertices
        if len(shape) != 2 or shape[0] != n_vertices:
            raise SizeMismatch(
                f"Descriptors of {name} have shape {shape}, its basis {n_vertices} vertices.",
                "Give (n, c), one row per vertex.",
            )
    if a.descriptors.shape[1] != b.descriptors.shape[1]:
        raise SizeMismatch(
            f"A has {a.descriptors.shape[1]} descriptors, B has {b.descriptors.shape[1]}.",
            "Columns must correspond one to one.",
        )
