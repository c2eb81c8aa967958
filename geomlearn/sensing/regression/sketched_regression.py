"""Tall least squares by a sketch: once, with a bound for every coefficient, or as preconditioner to full accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.srht import BLOCK, StreamingSketch

# Of the largest of d coefficients: its error stays below this many √(2 ln 2d) standard deviations in 95 % of sketches.
_SAFETY = 1.6
# Ratio of singular values below which single precision is no preconditioner.
_SINGLE = 1e-5


@dataclass(frozen=True, eq=False)
class SketchedFit:
    """Coefficients from a sketch.

    Attributes
    ----------
    coefficients  (d, t).
    residual      (t,) ‖SAx − Sb‖, an estimate of ‖Ax − b‖.
    bars          (d, t) standard deviation of each coefficient over sketches: ‖R⁻ᵀe_i‖ ‖b⊥‖ / √m.
    bound         (t,) largest error of any coefficient, in 95 % of sketches: 1.6 √(2 ln 2d / m) ‖b⊥‖ ‖A†‖.
    triangle      (d, d) R of SA = QR.
    """

    coefficients: np.ndarray
    residual: np.ndarray
    bars: np.ndarray
    bound: np.ndarray
    triangle: np.ndarray


def sketch_and_solve(
    design: np.ndarray,
    values: np.ndarray,
    options: SketchOptions = SketchOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> SketchedFit:
    """x' = argmin ‖S A x − S b‖ in one pass over the rows.

    Parameters
    ----------
    design   A (n, d), n ≫ d.
    values   b (n,) or (n, t): one sketch serves all columns.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   fewer rows than columns, dependent columns, or a value that is not finite.

    Use when …   rows are so many that one pass is all there is time for, or they stream by.
    Avoid when … digits matter: `sketch_and_precondition` has them all for a few more passes.
    Source   Song, Ye, Yin & Zhang 2023, arXiv 2302.00248: ‖x' − x*‖_∞ ≤ (ε/√d) ‖Ax* − b‖ ‖A†‖.
    Differs  1. Rows are transformed in blocks of 4096, each with signs and picks of its own; all entries of S are still
                ±1/√m. 2. ε is what was measured, 1.6 √(2 d ln 2d / m), where the theorem has powers of the logarithm.
    """
    values = checked_rows(design, values)
    sketch = StreamingSketch(
        options.rows_per_mode * design.shape[1], design.shape[1] + values.shape[1], seed=options.seed
    )
    for first in range(0, len(design), BLOCK):
        progress(first / len(design), "sketching")
        rows = slice(first, first + BLOCK)
        sketch.add(np.hstack([design[rows], values[rows]]))
    return solve_sketch(sketch.sketch, design.shape[1])


def solve_sketch(sketch: np.ndarray, d: int) -> SketchedFit:
    """The fit from S [A b] (m, d + t).

    Raises
    ------
    ParameterError   the columns of A are dependent, or the sketch has no more rows than columns.
    """
    if len(sketch) <= d:
        raise ParameterError(f"A sketch of {len(sketch)} rows cannot determine {d} coefficients.", "Use more rows.")
    left, triangle = np.linalg.qr(sketch[:, :d].astype(float))
    strengths = np.linalg.svd(triangle, compute_uv=False)
    if strengths[-1] <= 1e-13 * strengths[0]:
        raise ParameterError("The samples do not determine all modes.", "Ask for fewer, or sample where it is empty.")
    inner = left.T @ sketch[:, d:]
    coefficients = solve_triangular(triangle, inner)
    # The fit took d of m directions of the sketch: what is left is that much too small.
    residual = np.linalg.norm(sketch[:, d:] - left @ inner, axis=0) / np.sqrt(1 - d / len(sketch))
    reach = np.linalg.norm(solve_triangular(triangle, np.eye(d)), axis=1)
    # The sketched inverse adds 1 / (1 − d/m) to the variance.
    bars = reach[:, None] * residual / np.sqrt(len(sketch) - d)
    bound = _SAFETY * np.sqrt(2 * np.log(2 * d) / len(sketch)) * residual / strengths[-1]
    return SketchedFit(coefficients, residual, bars, bound, triangle)


def sketch_and_precondition(
    design: np.ndarray,
    values: np.ndarray,
    options: SketchOptions = SketchOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """x* itself: conjugate gradients on R⁻ᵀAᵀA R⁻¹, whose condition the sketch makes a small constant.

    Parameters
    ----------
    design, values   as for `sketch_and_solve`.

    Returns
    -------
    Coefficients (d, t). `stats` holds `passes` over the rows, `residual` (t,), and `bars` (d, t): the standard
    deviation of each coefficient when what the modes leave is independent noise.

    Raises
    ------
    SizeMismatch, ParameterError   as for `sketch_and_solve`.

    Use when …   rows are many times the columns and the answer must be exact.
    Avoid when … the columns are well conditioned: `normal_equations` are then as exact and faster.
    Source   Rokhlin & Tygert 2008; Avron, Maymounkov & Toledo 2010 (Blendenpik).
    Differs  1. The sketch is made in single precision where that suffices. 2. One pass over the rows
                an iteration: A and Aᵀ are applied to a block while it is in the cache.
    """
    values = checked_rows(design, values)
    d = design.shape[1]
    start = _sketched(design, values, options, progress.part(0.0, 0.5))
    found, passes, converged = _refined(design, values, start, options, progress.part(0.5, 1.0))
    squared = squared_residual(design, values, found)
    reach = np.linalg.norm(solve_triangular(start.triangle, np.eye(d)), axis=1)
    spread = np.sqrt(squared / max(len(design) - d, 1))
    stats = {"passes": passes, "residual": np.sqrt(squared), "bars": reach[:, None] * spread}
    if converged:
        return Result(found, Status.CONVERGED, f"Exact to rounding after {passes} passes.", stats=stats)
    return Result(found, Status.LIMIT_REACHED, f"Stopped after {passes} passes.", stats=stats)


def _sketch(design, values, options, dtype, progress) -> np.ndarray:
    """S [A b], a block of rows at a time."""
    d = design.shape[1]
    sketch = StreamingSketch(options.rows_per_mode * d, d + values.shape[1], seed=options.seed, dtype=dtype)
    for first in range(0, len(design), BLOCK):
        progress(first / len(design), "sketching")
        rows = slice(first, first + BLOCK)
        sketch.add(np.hstack([design[rows], values[rows]]))
    return sketch.sketch


def _sketched(design, values, options, progress) -> SketchedFit:
    """The sketched fit in single precision, or in double where single cannot tell the columns apart."""
    single = _sketch(design, values, options, np.float32, progress)
    strengths = np.linalg.svd(single[:, : design.shape[1]].astype(float), compute_uv=False)
    if strengths[-1] > _SINGLE * strengths[0]:
        return solve_sketch(single, design.shape[1])
    return solve_sketch(_sketch(design, values, options, np.float64, progress), design.shape[1])


def _refined(design, values, start, options, progress) -> tuple[np.ndarray, int, bool]:
    """Preconditioned conjugate gradients; every column of values by itself, all in the same passes.

    Begun twice: the second time on what the first left of the values, which rounding has then not yet spoilt.
    """
    found, triangle, passes, arrived = start.coefficients, start.triangle, 0, False
    for _ in range(2):
        rest = solve_triangular(triangle, _normal(design, values, found), trans="T")
        size = np.linalg.norm(triangle @ found, axis=0)
        step, more, arrived = _corrected(design, rest, triangle, size, options, progress)
        found, passes = found + solve_triangular(triangle, step), passes + more + 1
        if not arrived:
            break
    return found, passes, arrived


def _corrected(design, rest, triangle, size, options, progress) -> tuple[np.ndarray, int, bool]:
    solved = np.zeros_like(rest)
    direction, squared = rest.copy(), (rest**2).sum(axis=0)
    for passes in range(1, options.iterations + 1):
        progress(passes / options.iterations, "refining")
        applied = _normal(design, None, solve_triangular(triangle, direction))
        applied = -solve_triangular(triangle, applied, trans="T")
        length = _ratio(squared, (direction * applied).sum(axis=0))
        step = length * direction
        solved += step
        rest = rest - length * applied
        before, squared = squared, (rest**2).sum(axis=0)
        scale = np.maximum(size, np.linalg.norm(solved, axis=0))
        if (np.linalg.norm(step, axis=0) <= options.tolerance * scale).all():
            return solved, passes, True
        direction = rest + _ratio(squared, before) * direction
    return solved, options.iterations, False


def _normal(design, values, x) -> np.ndarray:
    """Aᵀ(B − A x), or −AᵀA x without values, in one pass over the rows."""
    total = np.zeros(())
    for first in range(0, len(design), BLOCK):
        block = design[first : first + BLOCK]
        left = -(block @ x) if values is None else values[first : first + BLOCK] - block @ x
        total = total + block.T @ left
    return total


def squared_residual(design: np.ndarray, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(t,) ‖A x − b‖², a block of rows at a time."""
    total = np.zeros(values.shape[1])
    for first in range(0, len(design), BLOCK):
        rows = slice(first, first + BLOCK)
        total += ((values[rows] - design[rows] @ x) ** 2).sum(axis=0)
    return total


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def checked_rows(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values as (n, t), once they and the rows are fit to be solved with."""
    values = values[:, None] if values.ndim == 1 else values
    if len(values) != len(design):
        raise SizeMismatch(f"{len(values)} values for {len(design)} rows.", "Give one value a row.")
    if len(design) < design.shape[1]:
        raise ParameterError(
            f"{len(design)} samples cannot determine {design.shape[1]} modes.", f"Ask for k ≤ {len(design)}."
        )
    if not np.isfinite(values).all():
        raise ParameterError("A sample has a value that is not finite.", "Leave that sample out.")
    return values
