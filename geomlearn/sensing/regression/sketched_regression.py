"""Tall least squares by one sketch, with a bound for every coefficient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.srht import BLOCK, StreamingSketch
from geomlearn.sensing.regression.tall_rows import checked_rows

# Of the largest of d coefficients: its error stays below this many √(2 ln 2d) standard deviations in 95 % of sketches.
_SAFETY = 1.6


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
