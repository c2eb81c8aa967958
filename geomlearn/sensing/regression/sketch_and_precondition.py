"""Tall least squares to full accuracy: a sketch makes the columns nearly orthonormal, products in single precision more
nearly so, and a few passes do the rest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.sketched_regression import SketchedFit, solve_sketch
from geomlearn.sensing.regression.tall_rows import blocks, checked_rows, gram_times, left_over

# Entries of a column of the sketch. One would let two rows that alone hold a direction cancel; of three random signs
# a row keeps a third of its energy at least, and two rows meet in all three places almost never.
_ENTRIES = 3
# Ratio of singular values below which products in single precision do not improve what the sketch found.
_SINGLE = 1e-5
# What the first round leaves, relative to the coefficients, is below the error of rounding in A times its residual.
_FIRST_ROUND = 1e-8


def sketch_and_precondition(
    design: np.ndarray,
    values: np.ndarray,
    options: SketchOptions = SketchOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """x* itself: conjugate gradients on R⁻ᵀAᵀA R⁻¹, with R₀ of S A = Q R₀ and R = chol((A R₀⁻¹)ᵀ A R₀⁻¹) R₀.

    The sketch makes the condition of A R₀⁻¹ a small constant, whatever that of A is; so the products may be of single
    precision, and each pass over the rows then gains six digits.

    Parameters
    ----------
    design   A (n, d), n ≫ d.
    values   b (n,) or (n, t): one sketch serves all columns.

    Returns
    -------
    Coefficients (d, t). `stats` holds `passes` over the rows, `residual` (t,), and `bars` (d, t): the standard
    deviation of each coefficient when what the modes leave is independent noise.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   fewer rows than columns, dependent columns, or a value that is not finite.

    Use when …   rows are many times the columns and the answer must be exact.
    Avoid when … the columns are well conditioned: `normal_equations` are then as exact and faster.
    Source   Avron, Maymounkov & Toledo 2010 (Blendenpik); R from products after a sketch: Fan, Guo & Lin 2021,
             arXiv 2111.11148; two rounds: Epperly, Meier & Nakatsukasa 2024, arXiv 2406.03468.
    Differs  1. Signs are sparse: the bound on each coefficient needs dense ones, a preconditioner does not. 2. Products
                in single precision, as the condition allows. 3. A and Aᵀ go over a block while it is in the cache.
    """
    values = checked_rows(design, values)
    n, d = design.shape
    progress(0.0, "sketching")
    start = _sketched(design, values, options)
    progress(0.2, "products")
    triangle = _sharpened(design, start.triangle)
    first = start.coefficients
    found, squared, passes, converged = _refined(design, values, first, triangle, options, progress.part(0.5, 1.0))
    reach = np.linalg.norm(solve_triangular(triangle, np.eye(d)), axis=1)
    spread = np.sqrt(squared / max(n - d, 1))
    stats = {"passes": passes, "residual": np.sqrt(squared), "bars": reach[:, None] * spread}
    if converged:
        return Result(found, Status.CONVERGED, f"Exact to rounding after {passes} passes.", stats=stats)
    return Result(found, Status.LIMIT_REACHED, f"Stopped after {passes} passes.", stats=stats)


def sparse_signs(m: int, n: int, rng: np.random.Generator) -> sparse.csc_array:
    """S (m, n) with three entries ±1/√3 a column at random rows: E[SᵀS] = I up to meetings within a column.

    Source   Clarkson & Woodruff 2013 (one entry); Nelson & Nguyễn 2013 (several).
    """
    entries = (rng.integers(2, size=n * _ENTRIES) * 2 - 1) / np.sqrt(_ENTRIES)
    rows = rng.integers(m, size=n * _ENTRIES, dtype=np.int32)
    return sparse.csc_array((entries, rows, np.arange(0, n * _ENTRIES + 1, _ENTRIES)), shape=(m, n))


def _sketched(design: np.ndarray, values: np.ndarray, options: SketchOptions) -> SketchedFit:
    """The fit to S [A b], or to the rows themselves where they are no more than those of a sketch."""
    (n, d), m = design.shape, options.rows_per_mode * design.shape[1]
    rows, right = design, values
    if n > m:
        signs = sparse_signs(m, n, np.random.default_rng(options.seed))
        rows, right = signs @ design, signs @ values
    if not np.isfinite(rows).all():
        raise ParameterError("A mode at a sample is not finite.", "Leave that sample out.")
    return solve_sketch(np.hstack([rows, right]), d)


def _sharpened(design: np.ndarray, triangle: np.ndarray) -> np.ndarray:
    """R (d, d) with A R⁻¹ orthonormal to single precision; the triangle given, where that says nothing of A."""
    strengths = np.linalg.svd(triangle, compute_uv=False)
    if strengths[-1] <= _SINGLE * strengths[0]:
        return triangle
    inverse = solve_triangular(triangle, np.eye(len(triangle))).astype(np.float32)
    gram = np.zeros(triangle.shape)
    for rows in blocks(design):
        block = design[rows].astype(np.float32) @ inverse
        gram += block.T @ block
    return np.linalg.cholesky(gram).T @ triangle


def _refined(
    design: np.ndarray,
    values: np.ndarray,
    found: np.ndarray,
    triangle: np.ndarray,
    options: SketchOptions,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray, int, bool]:
    """Preconditioned conjugate gradients from x (d, t): the new x, ‖b − A x‖² (t,), passes, whether they arrived.

    In two rounds: the second begins with what the first left of the values, which rounding has then not yet spoilt.
    Every column of values is solved by itself, all in the same passes.
    """
    squared, passes, arrived = np.zeros(values.shape[1]), 0, False
    for tolerance in (max(_FIRST_ROUND, options.tolerance), options.tolerance):
        rest, squared = left_over(design, values, found)
        rest = solve_triangular(triangle, rest, trans="T")

        def applied(x: np.ndarray) -> np.ndarray:
            image = gram_times(design, solve_triangular(triangle, x))
            return solve_triangular(triangle, image, trans="T")

        size = np.linalg.norm(triangle @ found, axis=0)
        step, more, arrived = _conjugate_gradients(applied, rest, size, tolerance, options.iterations, progress)
        # ‖b − A (x + R⁻¹s)‖² for R⁻ᵀAᵀA R⁻¹ s = R⁻ᵀAᵀ(b − A x).
        squared = np.maximum(squared - (step * rest).sum(axis=0), 0.0)
        found, passes = found + solve_triangular(triangle, step), passes + more + 1
        if not arrived:
            break
    return found, squared, passes, arrived


def _conjugate_gradients(
    applied: Callable[[np.ndarray], np.ndarray],
    rest: np.ndarray,
    size: np.ndarray,
    tolerance: float,
    most: int,
    progress: Progress,
) -> tuple[np.ndarray, int, bool]:
    """Solutions (d, t) of M x = rest, iterations, and whether what is left of them is below tolerance × size.

    Steps shrink by a nearly constant factor, so that the last one and the one before tell what is to come.
    """
    solved = np.zeros_like(rest)
    direction, squared = rest.copy(), (rest**2).sum(axis=0)
    last = np.full(len(squared), np.inf)
    for iteration in range(1, most + 1):
        progress(iteration / most, "refining")
        image = applied(direction)
        length = _ratio(squared, (direction * image).sum(axis=0))
        step = length * direction
        solved += step
        rest = rest - length * image
        before, squared = squared, (rest**2).sum(axis=0)
        moved = np.linalg.norm(step, axis=0)
        to_come = moved * np.minimum(_ratio(moved, last), 1.0) if iteration > 1 else moved
        if (to_come <= tolerance * np.maximum(size, np.linalg.norm(solved, axis=0))).all():
            return solved, iteration, True
        direction, last = rest + _ratio(squared, before) * direction, moved
    return solved, most, False


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
