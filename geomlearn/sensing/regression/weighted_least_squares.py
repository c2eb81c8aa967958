"""A field rebuilt from few weighted measurements, with the band that the measurements themselves suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients, and what they are uncertain by.

    Attributes
    ----------
    coefficients  (m, t).
    covariance    (m, m) of the coefficients for measurements of unit variance.
    spread        (t,) standard deviation of a measurement around the fit; NaN when nothing is left to tell it from.
    freedom       degrees of freedom behind the spread; infinite where the noise was given.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    spread: np.ndarray
    freedom: float

    def band(self, functions: np.ndarray, level: float = 0.95) -> np.ndarray:
        """(n, t) half-widths of a band around the field with functions (n, m) at each point.

        What the sensors saw beside the modes is taken for part of the field, as wide between sensors as at them.
        """
        from scipy.stats import norm, t

        middle = (1 + level) / 2
        factor = norm.ppf(middle) if np.isinf(self.freedom) else t.ppf(middle, max(self.freedom, 1.0))
        variance = ((functions @ self.covariance) * functions).sum(axis=1)
        return factor * np.sqrt(1.0 + np.maximum(variance, 0.0))[:, None] * self.spread


def weighted_least_squares(
    functions: np.ndarray, values: np.ndarray, weights: np.ndarray | None = None, *, noise: float = 0.0
) -> Fit:
    """Minimise Σ w_i |f(x_i) − Σ_j c_j φ_j(x_i)|².

    Parameters
    ----------
    functions  (n, m) the modes at the places.
    values     (n,) or (n, t) readings; a row with NaN in every column is left out.
    weights    (n,) ≥ 0, 1 when not given.
    noise      standard deviation of a reading where it is known; the spread is then at least that.

    Returns
    -------
    Fit by QR of √w φ. The spread is unbiased for readings of equal variance: r = (1 − φL) y and
    E‖r‖² = σ² tr((1 − φL)ᵀ(1 − φL)).

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   fewer readings than modes, readings that leave a mode undetermined, or NaN in part of a row.

    Use when …   measurements are few, or exactness matters more than seconds.
    Source   Nouy & Michel 2023, arXiv 2312.14057.
    """
    values = values[:, None] if values.ndim == 1 else values
    weights = np.ones(len(values)) if weights is None else weights
    if not len(values) == len(functions) == len(weights):
        raise SizeMismatch(
            f"{len(values)} readings, {len(functions)} places and {len(weights)} weights.", "Give one of each a sensor."
        )
    functions, values, weights = _usable(functions, values, weights)
    n, m = functions.shape
    left, strengths, right = np.linalg.svd(np.sqrt(weights)[:, None] * functions, full_matrices=False)
    if n < m:
        raise ParameterError(f"{n} readings cannot determine {m} modes.", f"Measure more, or ask for k ≤ {n} modes.")
    if strengths[-1] <= 1e-12 * strengths[0]:
        rank = int((strengths > 1e-12 * strengths[0]).sum())
        raise ParameterError(f"These places determine {rank} of {m} modes.", f"Ask for k ≤ {rank}, or measure more.")
    solve = (right.T / strengths) @ (left.T * np.sqrt(weights))
    coefficients = solve @ values
    residual = values - functions @ coefficients
    # tr((1 − H)ᵀ(1 − H)) for the oblique projection H = φL, of trace m.
    freedom = n - 2 * m + float(np.sum((functions.T @ functions) * (solve @ solve.T)))
    if n == m:
        spread = np.full(values.shape[1], noise if noise > 0 else np.nan)
        return Fit(coefficients, solve @ solve.T, spread, np.inf)
    spread = np.sqrt((residual**2).sum(axis=0) / freedom)
    return Fit(coefficients, solve @ solve.T, np.maximum(spread, noise), float(n - m))


def _usable(functions, values, weights) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    missing = ~np.isfinite(values)
    silent = missing.all(axis=1)
    partly = missing.any(axis=1) & ~silent
    if partly.any():
        raise ParameterError(
            f"Reading {int(np.flatnonzero(partly)[0])} is not a number in some snapshots and is in others.",
            "Leave out that sensor or those snapshots.",
        )
    return functions[~silent], values[~silent], weights[~silent]
