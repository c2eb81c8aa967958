"""A field on a whole shape from samples of it: few or many, at vertices, points, or known sensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.sensing.mode_space import ModeSpace
from geomlearn.sensing.regression.normal_equations import normal_equations
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.sketch_and_precondition import sketch_and_precondition
from geomlearn.sensing.regression.sketched_regression import sketch_and_solve
from geomlearn.sensing.regression.weighted_least_squares import weighted_least_squares

Solver = Literal["auto", "wls", "sketch", "normal", "precondition"]
# Numbers in the matrix of modes at the samples from which a factorisation of it takes long.
_MANY = 20_000_000
# Relative error of the coefficients up to which AᵀA is as good as the refined sketch.
_EXACT = 1e-10


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A field, its coefficients, and how uncertain both are.

    Attributes
    ----------
    values        (t, n) on the points of the shape.
    band          (t, n) half-width of a 95 % band, NaN where nothing tells it.
    coefficients  (t, m) in the mode space.
    bars          (t, m) standard deviation of each coefficient.
    solver        which one was used.
    stats         `n_samples`, `residual` (t,) root mean square of what the modes leave, and more by the solver.
    """

    values: np.ndarray
    band: np.ndarray
    coefficients: np.ndarray
    bars: np.ndarray
    solver: str
    stats: Mapping[str, Any]


def rebuild(
    space: ModeSpace,
    functions: np.ndarray,
    readings: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    solver: Solver = "auto",
    noise: float = 0.0,
    options: SketchOptions = SketchOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Rebuilt:
    """Fit the modes to readings and continue the field over the shape.

    Parameters
    ----------
    space      the modes on the points of the shape.
    functions  (n_samples, m) the same modes where the samples are.
    readings   (n_samples,) or (n_samples, t).
    weights    (n_samples,) ≥ 0 of the readings.
    solver     weighted least squares, one sketch, AᵀA, sketch as preconditioner; auto: least squares for few
               samples, for many AᵀA where its bound is at most 1e-10, else the preconditioner.
    noise      standard deviation of a reading where it is known.

    Raises
    ------
    ParameterError   fewer samples than modes, or samples that leave a mode undetermined; no finite reading.
    SizeMismatch     sizes do not fit.
    """
    readings = readings[:, None] if readings.ndim == 1 else readings
    if len(readings) != len(functions):
        raise SizeMismatch(f"{len(readings)} readings at {len(functions)} places.", "Give one reading a place.")
    if not np.isfinite(readings).any():
        raise ParameterError("No reading is a finite number.", "Check the file they came from.")
    if solver == "wls" or (solver == "auto" and functions.size <= _MANY):
        return _by_least_squares(space, functions, readings, weights, noise)
    usable = np.isfinite(readings).all(axis=1)
    functions, readings = functions[usable], readings[usable]
    # One weight of a row, by its root, is the same for every solver.
    root = np.ones((len(functions), 1)) if weights is None else np.sqrt(weights[usable])[:, None]
    design, target = root * functions, root * readings
    if solver == "sketch":
        found = sketch_and_solve(design, target, options, progress)
        # The exact fit has a standard deviation of its own beside that of the sketch.
        bars = found.bars * np.sqrt(1 + options.rows_per_mode * space.n_modes / len(design))
        return _assembled(space, found.coefficients, bars, found.residual, len(design), solver, {"bound": found.bound})
    if solver in ("normal", "auto"):
        result = _by_products(design, target, progress, needed=solver == "normal")
        if result is not None and (solver == "normal" or result.stats["bound"] <= _EXACT):
            stats = {"condition": result.stats["condition"], "sentence": result.sentence}
            bars, left = result.stats["bars"], result.stats["residual"]
            return _assembled(space, result.value, bars, left, len(design), "normal", stats)
    solver = "precondition"
    result = sketch_and_precondition(design, target, options, progress)
    stats = {"passes": result.stats["passes"], "sentence": result.sentence}
    return _assembled(space, result.value, result.stats["bars"], result.stats["residual"], len(design), solver, stats)


def _by_least_squares(space, functions, readings, weights, noise) -> Rebuilt:
    fit = weighted_least_squares(functions, readings, weights, noise=noise)
    bars = np.sqrt(np.diag(fit.covariance))[:, None] * fit.spread
    used = int(np.isfinite(readings).all(axis=1).sum())
    stats = {"n_samples": used, "residual": fit.spread}
    values = (space.functions @ fit.coefficients).T
    return Rebuilt(values, fit.band(space.functions).T, fit.coefficients.T, bars.T, "wls", stats)


def _by_products(design, target, progress, *, needed: bool) -> Result[np.ndarray] | None:
    """The fit by AᵀA; None where it cannot tell the modes apart and another way may."""
    try:
        return normal_equations(design, target, progress)
    except ParameterError:
        if needed:
            raise
        return None


def _assembled(space, coefficients, bars, residual, n, solver, stats) -> Rebuilt:
    spread = residual / np.sqrt(max(n - space.n_modes, 1))
    # 95 % of a normal variable; what the samples saw beside the modes counts as part of the field.
    wide = space.functions**2 @ bars**2
    band = 1.96 * np.sqrt(wide + spread**2)
    stats = {"n_samples": n, "residual": spread, **stats}
    return Rebuilt((space.functions @ coefficients).T, band.T, coefficients.T, bars.T, solver, stats)
