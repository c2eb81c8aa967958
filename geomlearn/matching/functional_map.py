"""Functional maps: the matrix that carries functions from one shape to another, found from descriptors."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.optimize

from geomlearn.core.errors import ParameterError, SizeMismatch, SolverError
from geomlearn.matching.options import FunctionalMapOptions
from geomlearn.matching.terms.energy import Commutator, MapEnergy, laplacian_mask, product_operators, resolvent_mask
from geomlearn.spectral.basis import Basis

# Up to this many unknowns one dense Cholesky factorisation beats L-BFGS; its matrix then takes 50 MB.
NORMAL_SIZE = 2500


def functional_map(
    basis_a: Basis,
    basis_b: Basis,
    descriptors_a: np.ndarray,
    descriptors_b: np.ndarray,
    options: FunctionalMapOptions = FunctionalMapOptions(),  # noqa: B008 (frozen)
    *,
    orientation_a: np.ndarray | None = None,
    orientation_b: np.ndarray | None = None,
    products_a: np.ndarray | None = None,
    products_b: np.ndarray | None = None,
) -> np.ndarray:
    """The matrix C that best carries descriptors of A to descriptors of B and commutes with what a map should keep.

    Parameters
    ----------
    basis_a, basis_b              bases of shapes of equal area, with at least `options.k_solve` modes.
    descriptors_a, descriptors_b  (n_a, c), (n_b, c) functions that correspond column by column.
    orientation_a, orientation_b  (c, ≥ k, ≥ k) from `orientation_operators` in k_solve modes or more; without them the
                                  orientation term is left out.
    products_a, products_b        (c, ≥ k, ≥ k) from `product_operators`, where they are known already.

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
    energy = map_energy(
        basis_a,
        basis_b,
        descriptors_a,
        descriptors_b,
        options,
        orientation_a=orientation_a,
        orientation_b=orientation_b,
        products_a=products_a,
        products_b=products_b,
    )
    solver = options.solver
    if solver == "auto":
        small = energy.mask.size <= NORMAL_SIZE
        solver = "rows" if not energy.commutators else "normal" if small else "lbfgs"
    if solver == "rows":
        return solve_rows(energy)
    return solve_normal(energy) if solver == "normal" else solve_lbfgs(energy, options.max_iterations)


def map_energy(
    basis_a: Basis,
    basis_b: Basis,
    descriptors_a: np.ndarray,
    descriptors_b: np.ndarray,
    options: FunctionalMapOptions,
    *,
    orientation_a: np.ndarray | None = None,
    orientation_b: np.ndarray | None = None,
    products_a: np.ndarray | None = None,
    products_b: np.ndarray | None = None,
) -> MapEnergy:
    """The energy that `functional_map` minimises; its parameters are the same."""
    k = options.k_solve
    _check_sizes(basis_a, basis_b, descriptors_a, descriptors_b, k)
    a, b = basis_a.truncated(k), basis_b.truncated(k)
    if options.mask == "resolvent":
        mask = resolvent_mask(a.evals, b.evals, options.gamma)
    else:
        mask = laplacian_mask(a.evals, b.evals)
    commutators = []
    if options.w_products > 0:
        operators = (
            product_operators(side, values) if known is None else known[:, :k, :k]
            for side, values, known in ((a, descriptors_a, products_a), (b, descriptors_b, products_b))
        )
        commutators.append(Commutator(*operators, options.w_products))
    if options.w_orientation > 0 and orientation_a is not None and orientation_b is not None:
        sign = 1.0 if options.orientation == "direct" else -1.0
        operators = orientation_a[:, :k, :k], sign * orientation_b[:, :k, :k]
        commutators.append(Commutator(*operators, options.w_orientation))
    return MapEnergy(
        a.project(descriptors_a),
        b.project(descriptors_b),
        mask,
        options.w_descriptors,
        options.w_mask,
        tuple(commutators),
        constant_column(a, b),
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
    """The exact minimum of all terms from one dense system in the entries of C; O((k_a k_b)³)."""
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
    matrix[np.diag_indices(len(matrix))] += 1e-12 * np.trace(matrix) / len(matrix)
    solution.ravel()[free] = scipy.linalg.solve(matrix, right[free], assume_a="pos", check_finite=False)
    return solution


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
    found = scipy.optimize.minimize(
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


def _check_sizes(a: Basis, b: Basis, descriptors_a: np.ndarray, descriptors_b: np.ndarray, k: int) -> None:
    if k > min(a.k, b.k):
        raise ParameterError(
            f"k_solve = {k} exceeds the {min(a.k, b.k)} modes of the smaller basis.", "Compute larger bases."
        )
    for name, basis, values in (("A", a, descriptors_a), ("B", b, descriptors_b)):
        if values.ndim != 2 or len(values) != basis.n_vertices:
            raise SizeMismatch(
                f"Descriptors of {name} have shape {values.shape}, its basis {basis.n_vertices} vertices.",
                "Give (n, c), one row per vertex.",
            )
    if descriptors_a.shape[1] != descriptors_b.shape[1]:
        raise SizeMismatch(
            f"A has {descriptors_a.shape[1]} descriptors, B has {descriptors_b.shape[1]}.",
            "Columns must correspond one to one.",
        )
