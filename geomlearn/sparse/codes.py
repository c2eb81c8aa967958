"""Sparse codes of signals in a dictionary, by proximal gradient steps on all of them at once."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.sparse.options import CodeOptions
from geomlearn.sparse.penalties import penalty


def sparse_codes(
    signals: np.ndarray,
    atoms: np.ndarray,
    options: CodeOptions | None = None,
    *,
    start: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """Codes r that make ½‖s − Φ r‖² + λ C(r) small.

    v = r + η Φᵀ(s − Φ r),  r ← T(v), from r = 0 (equation 5).

    Parameters
    ----------
    signals (b, p)   one a row.
    atoms   (k, p)   the columns of Φ as rows; of unit length where the penalty is cel0.
    options          `weight` absent: it is found so that the share `activity` of the entries is not zero.
    start   (b, k)   codes to begin from.

    Returns
    -------
    Result of codes (b, k); history holds the energy per signal of each step, stats the weight used, the activity and
    the relative mean square error.

    Raises
    ------
    SizeMismatch     signals and atoms differ in length.
    ParameterError   a value is not finite, or cel0 meets atoms that are not of unit length.

    Use when …   a signal is made of few of many possible parts, and they are known.
    Avoid when … atoms are orthonormal: thresholding the coefficients once is the exact answer (property 5).
    Source   Rentzeperis et al. 2023, arXiv 2301.10002; Daubechies, Defrise & De Mol 2004 for the iteration.
    Differs  1. η = 1/‖Φ‖² instead of .05, so that the energy never grows. 2. Thresholds follow the step. 3. No signal
             is left out. 4. λ means the same for every penalty (the released code halves it for two).
    """
    options = options or CodeOptions()
    signals, atoms = checked(signals, atoms, options.penalty)
    if options.weight is None:
        options = options.replace(weight=weight_for_activity(signals, atoms, options))
    return _descend(signals, atoms, options, start, progress)


def weight_for_activity(
    signals: np.ndarray, atoms: np.ndarray, options: CodeOptions, *, near: float | None = None
) -> float:
    """The weight λ at which the share `options.activity` of all code entries is not zero, by bisection on at most 200
    of the signals; for top-k the count itself.

    Parameters
    ----------
    signals (s, d), atoms (a, d)   as in `sparse_codes`.
    near   a weight that was right for similar atoms: only a factor of three around it is searched.

    Raises
    ------
    ParameterError   signals are all zero.
    """
    count = max(1, round(options.activity * len(atoms)))
    if options.penalty == "top-k":
        return float(count)
    sample = signals[:: max(1, len(signals) // 200)]
    top = float(np.abs(sample @ atoms.T).max(initial=0))
    if top == 0:
        raise ParameterError("All signals are zero.", "Give signals that say something.")
    # Above the largest correlation, squared for the penalties that jump, every code is empty.
    low, high, steps = np.log(top * 1e-4), np.log(2 * max(top, top**2)), 14
    if near:
        low, high, steps = np.log(near / 3), np.log(near * 3), 7
    for _ in range(steps):
        middle = (low + high) / 2
        found = _descend(sample, atoms, options.replace(weight=float(np.exp(middle))), None, SILENT).value
        low, high = (middle, high) if np.mean(found != 0) > options.activity else (low, middle)
    return float(np.exp((low + high) / 2))


def debiased(signals: np.ndarray, atoms: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Least squares on the support of each code: what an ℓ1 code says once its bias is taken away.

    Parameters
    ----------
    signals (b, p), atoms (k, p), codes (b, k)

    Returns
    -------
    (b, k), zero where `codes` is.
    """
    result = np.zeros_like(codes)
    for row, (signal, code) in enumerate(zip(signals, codes, strict=True)):
        support = np.flatnonzero(code)
        if len(support):
            result[row, support] = np.linalg.lstsq(atoms[support].T, signal, rcond=None)[0]
    return result


def energy(signals: np.ndarray, atoms: np.ndarray, codes: np.ndarray, options: CodeOptions) -> float:
    """½‖s − Φ r‖² + λ C(r), mean over the signals."""
    data = 0.5 * np.sum((signals - codes @ atoms) ** 2)
    return float(data + np.sum(penalty(options.penalty).value(codes, options.weight or 0.0))) / len(signals)


def checked(signals: np.ndarray, atoms: np.ndarray, key: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 matrices that fit each other.

    Raises
    ------
    SizeMismatch, ParameterError   as `sparse_codes`.
    """
    signals, atoms = np.atleast_2d(np.asarray(signals, float)), np.atleast_2d(np.asarray(atoms, float))
    if signals.ndim != 2 or atoms.ndim != 2 or signals.shape[1] != atoms.shape[1]:
        raise SizeMismatch(
            f"Signals (b, p) and atoms (k, p) must be equally long; got {signals.shape} and {atoms.shape}.",
            "Give one signal a row and one atom a row.",
        )
    if not (np.isfinite(signals).all() and np.isfinite(atoms).all()):
        raise ParameterError("Signals or atoms hold values that are not finite.", "Leave those rows out, or fill them.")
    if key == "cel0" and np.abs(np.linalg.norm(atoms, axis=1) - 1).max() > 1e-6:
        raise ParameterError("cel0 wants atoms of unit length.", "Divide each atom by its length.")
    return signals, atoms


def _descend(
    signals: np.ndarray, atoms: np.ndarray, options: CodeOptions, start: np.ndarray | None, progress: Progress
) -> Result[np.ndarray]:
    step = options.step or float(1 / np.linalg.norm(atoms, 2) ** 2)
    row, weight = penalty(options.penalty), float(options.weight or 0.0)
    prox, value = row.prox, row.value
    gram, data = atoms @ atoms.T, signals @ atoms.T
    codes = np.zeros((len(signals), len(atoms))) if start is None else np.array(start, float)
    product, half_power = codes @ gram, 0.5 * float(np.sum(signals**2))
    history: list[dict[str, float]] = []
    status = Status.LIMIT_REACHED
    for iteration in range(options.max_iterations):
        if progress.cancelled:
            status = Status.CANCELLED
            break
        before = codes
        codes = prox(before + step * (data - product), step, weight)
        product = codes @ gram
        price = float(np.sum(value(codes, weight)))
        total = half_power - float(np.sum(codes * (data - product / 2))) + price
        moved = float(np.linalg.norm(codes - before) / (options.tolerance + np.linalg.norm(before)))
        history.append({"energy": total / len(signals), "change": moved})
        progress(iteration / options.max_iterations, "sparse codes")
        if moved < options.tolerance:
            status = Status.CONVERGED
            break
    error = float(np.sum((signals - codes @ atoms) ** 2)) / (2 * half_power) if half_power else 0.0
    stats = {"weight": weight, "activity": float(np.mean(codes != 0)), "relative_error": error, "step": float(step)}
    sentence = f"{len(history)} steps, {stats['activity']:.1%} of the entries active."
    if status is Status.LIMIT_REACHED:
        sentence += " Codes still moved: allow more steps or a larger tolerance."
    return Result(codes, status, sentence, tuple(history), stats)
