"""Gains and fields of an array of sensors at once, by one linear problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sensing.calibration.bilinear import Bilinear
from geomlearn.sensing.calibration.options import CalibrationOptions
from geomlearn.sensing.calibration.solvers import (
    balanced_null_vector,
    iterated_least_squares,
    normalised_least_squares,
    smallest_pairs,
)

# A sensor that reads less than this share of the typical one, or is given such a gain, is dead. Left in, it would take
# the whole normalisation: a large 1/d costs nothing where readings are only noise.
_DEAD = 0.02
# Gap below which another set of gains explains the readings as well; ratio above which noise fills the gap.
_AMBIGUOUS, _NOISY = 1e-8, 0.3


@dataclass(frozen=True, eq=False)
class Calibration:
    """What the sensors were found to be.

    Attributes
    ----------
    gains     (m,) d, 0 for dead sensors; one scalar is a convention, see `CalibrationOptions.reference`.
    fields    coefficients of the calibrated fields: (n,) for repeated measurements, else (p, n).
    dead      indices of sensors that say nothing.
    gap       σ_{m−1} / σ₁ of the equations with the fields eliminated: how far the next best gains are from fitting.
    noise     σ_m / σ_{m−1}: 0 without noise; near 1 nothing tells the answer from others.
    warnings  sentences.
    """

    gains: np.ndarray
    fields: np.ndarray
    dead: np.ndarray
    gap: float
    noise: float
    warnings: tuple[str, ...] = ()


def self_calibration(
    readings: np.ndarray,
    operators: np.ndarray,
    options: CalibrationOptions = CalibrationOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Calibration:
    """Solve y_l = diag(d) A_l x_l for gains d and fields x.

    Parameters
    ----------
    readings   (p, m) real or complex, NaN where a reading is missing.
    operators  (m, n): the modes at the sensors; (p, m, n) for repeated and diverse measurements.
    options    model, method, reference.

    Returns
    -------
    Calibration; without noise exact, up to the scalar that no reading can tell.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   all readings vanish, there are fewer equations than unknowns, or other gains fit as well.
    SolverError      the iteration for very many sensors did not converge.

    Use when …   an array of sensors sees several fields of few modes, and nobody knows their gains.
    Avoid when … the fields are nearly the same: gains and field cannot be told apart then.
    Source   Ling & Strohmer 2016, arXiv 1611.04196.
    Differs  1. Fields are eliminated, which leaves an m × m problem. 2. The normalisation is the mean of 1/d, which
                noise harms far less than a random one. 3. Dead sensors are taken out first.
    """
    readings, operators = np.asarray(readings), np.asarray(operators)
    Bilinear(readings, operators, options.model)
    dead = _silent(readings)
    alive = ~dead
    if not alive.any():
        raise ParameterError("All readings are zero or missing: no gain can be found.", "Check the wiring.")
    system = Bilinear(readings[:, alive], operators[..., alive, :], options.model)
    _check_count(system)
    s, gap, noise = _solved(system, options, progress)
    if gap < _AMBIGUOUS:
        raise ParameterError(
            f"Other gains explain these readings as well (gap {gap:.1e}).", "Measure more snapshots, or fewer modes."
        )
    gains = np.zeros(readings.shape[1], s.dtype)
    gains[alive] = 1 / s
    scale = _scale(gains, alive, options.reference)
    gains, s = gains / scale, s * scale
    dead |= np.abs(gains) < _DEAD * np.median(np.abs(gains[alive]))
    return Calibration(gains, system.fields(s), np.flatnonzero(dead), gap, noise, _sentences(dead, noise))


def _silent(readings: np.ndarray) -> np.ndarray:
    """(m,) whether a sensor reads next to nothing."""
    size = np.sqrt(np.nansum(np.abs(readings) ** 2, axis=0))
    return size <= _DEAD * np.median(size[size > 0]) if (size > 0).any() else np.ones(len(size), bool)


def _check_count(system: Bilinear) -> None:
    if system.n_equations < system.n_unknowns - 1:
        raise ParameterError(
            f"{system.n_equations} readings cannot determine {system.m} gains and "
            f"{system.n_unknowns - system.m} coefficients up to a scalar.",
            "Take more snapshots, use more sensors, or ask for fewer modes.",
        )


def _solved(system: Bilinear, options: CalibrationOptions, progress: Progress) -> tuple[np.ndarray, float, float]:
    """s = 1/d up to a scalar, σ_{m−1}/σ₁ and σ_m/σ_{m−1}."""
    progress(0.0, "eliminating the fields")
    method = options.method
    if method == "auto":
        method = (
            "spectral" if np.iscomplexobj(system.readings) or np.iscomplexobj(system.operators) else "least_squares"
        )
    if system.m > options.largest_dense:
        return _iterated(system, options, method, progress)
    reduced = np.asarray(np.linalg.qr(system.reduced_map(), mode="r"))
    _, strengths, right = np.linalg.svd(reduced)
    # One sensor has one gain, which is the scalar itself.
    second = strengths[-2] if len(strengths) > 1 else strengths[0]
    gap, noise = float(second / strengths[0]), float(strengths[-1] / max(second, np.finfo(float).tiny))
    if method == "reduced" or gap < _AMBIGUOUS:
        return right[-1].conj(), gap, noise
    if method == "spectral":
        return balanced_null_vector(system.linear_map(), system.m)[: system.m], gap, noise
    return normalised_least_squares(reduced, np.ones(system.m)), gap, noise


def _iterated(system, options, method, progress) -> tuple[np.ndarray, float, float]:
    if method == "least_squares":
        s = iterated_least_squares(system, options, progress)
        values, _ = smallest_pairs(system, options, s)
    else:
        values, vectors = smallest_pairs(system, options)
        s = vectors[:, 0]
    # Scaled by its diagonal, S has its largest eigenvalue at or just below 1.
    gap = float(np.sqrt(values[1]))
    return s, gap, float(np.sqrt(values[0] / max(values[1], np.finfo(float).tiny)))


def _scale(gains: np.ndarray, alive: np.ndarray, reference: int | None) -> complex:
    if reference is None:
        mean = gains[alive].sum()
        phase = mean / abs(mean) if abs(mean) > 0 else 1.0
        return phase * np.abs(gains[alive]).mean()
    if reference >= len(gains) or gains[reference] == 0:
        raise ParameterError(f"Sensor {reference} cannot be the reference.", "Choose one that reads something.")
    return gains[reference]


def _sentences(dead: np.ndarray, noise: float) -> tuple[str, ...]:
    found = []
    if dead.any():
        named = ", ".join(map(str, np.flatnonzero(dead)[:20]))
        found.append(f"Dead sensors, counted from 0 in their file: {named}{' …' if dead.sum() > 20 else ''}.")
    if noise > _NOISY:
        found.append(
            f"Noise fills the gap (σ ratio {noise:.2f}, safe below {_NOISY}): trust the gains little. "
            "More snapshots help."
        )
    return tuple(found)
