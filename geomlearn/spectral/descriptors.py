"""Heat and wave kernel signatures: functions of place that a bending of the shape leaves alone."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.options import HeatKernelOptions, WaveKernelOptions

# Eigenvalues below this share of the largest count as zero: one per component.
ZERO_SHARE = 1e-9


def heat_kernel_signature(
    basis: Basis,
    options: HeatKernelOptions = HeatKernelOptions(),  # noqa: B008 (frozen)
    *,
    times: np.ndarray | None = None,
) -> np.ndarray:
    """How much of a unit of heat placed at x is still there after time t, over the shape's average.

    HKS(x, t) = Σ exp(−t λ_i) φ_i(x)² / Σ exp(−t λ_i).

    Parameters
    ----------
    times  (c,) diffusion times in squared units; by default `n_times` of them, evenly spaced in the logarithm from
           4 ln 10/λ_max to 4 ln 10/λ_2. Give the same ones to shapes that are to be compared at different sizes of k.

    Returns
    -------
    (n, c), each column of unit length under the mass when `normalize` is set.

    Raises
    ------
    ParameterError   the basis has no mode above zero.

    Use when …    a first guess of what corresponds to what, for large features. Avoid alone on symmetric shapes: left
                  and right have equal signatures.
    Source   Sun, Ovsjanikov & Guibas 2009.
    """
    return _collect(basis, _heat_weights(basis, options, times), basis.evecs**2, options.normalize)


def heat_kernel_landmarks(
    basis: Basis,
    landmarks: np.ndarray,
    options: HeatKernelOptions = HeatKernelOptions(),  # noqa: B008 (frozen)
    *,
    times: np.ndarray | None = None,
) -> np.ndarray:
    """How much of a unit of heat placed at each landmark p has reached x after time t.

    HKS_p(x, t) = Σ exp(−t λ_i) φ_i(x) φ_i(p) / Σ exp(−t λ_i).

    Parameters
    ----------
    landmarks (l,) vertex indices;  times as in `heat_kernel_signature`.

    Returns
    -------
    (n, l c): the c columns of the first landmark, then those of the second, and so on.

    Source   Ovsjanikov et al. 2010 (one-point isometric matching).
    """
    weights = _heat_weights(basis, options, times)
    return _at_landmarks(basis, weights, landmarks, options.normalize)


def wave_kernel_signature(
    basis: Basis,
    options: WaveKernelOptions = WaveKernelOptions(),  # noqa: B008 (frozen)
    *,
    energies: np.ndarray | None = None,
) -> np.ndarray:
    """The probability of finding a quantum particle of about energy exp(e) at x.

    WKS(x, e) = Σ exp(−(e − ln λ_i)²/2s²) φ_i(x)² / Σ exp(−(e − ln λ_i)²/2s²), over the modes above zero.

    Parameters
    ----------
    energies  (c,) logarithms of energies; by default `n_energies` evenly spaced from ln λ_2 + 2s to ln λ_max − 2s, with
              s = width (ln λ_max − ln λ_2)/n_energies.

    Returns
    -------
    (n, c), each column of unit length under the mass when `normalize` is set.

    Raises
    ------
    ParameterError   the basis has fewer than two distinct eigenvalues above zero.

    Use when …    the first guess must see small features too; the usual choice for functional maps.
    Source   Aubry, Schlickewei & Cremers 2011.
    """
    return _collect(basis, _wave_weights(basis, options, energies), basis.evecs**2, options.normalize)


def wave_kernel_landmarks(
    basis: Basis,
    landmarks: np.ndarray,
    options: WaveKernelOptions = WaveKernelOptions(),  # noqa: B008 (frozen)
    *,
    energies: np.ndarray | None = None,
) -> np.ndarray:
    """As `wave_kernel_signature` with φ_i(x) φ_i(p) for φ_i(x)²: resonance with each landmark p.

    Parameters
    ----------
    landmarks (l,) vertex indices.

    Returns
    -------
    (n, l c): the c columns of the first landmark, then those of the second, and so on.
    """
    return _at_landmarks(basis, _wave_weights(basis, options, energies), landmarks, options.normalize)


def _heat_weights(basis: Basis, options: HeatKernelOptions, times: np.ndarray | None) -> np.ndarray:
    """(k, c) weights of the modes, each column summing to 1."""
    if times is None:
        low, high = spectral_range(basis)
        times = np.geomspace(4 * np.log(10) / high, 4 * np.log(10) / low, options.n_times)
    weights = np.exp(-np.outer(basis.evals - basis.evals[0], times))
    return weights / weights.sum(axis=0)


def _wave_weights(basis: Basis, options: WaveKernelOptions, energies: np.ndarray | None) -> np.ndarray:
    low, high = np.log(spectral_range(basis))
    if not high > low:
        raise ParameterError("A wave kernel signature needs two distinct eigenvalues above zero.", "Raise k.")
    width = options.width * (high - low) / options.n_energies
    if energies is None:
        energies = np.linspace(low + 2 * width, high - 2 * width, options.n_energies)
    above = _above_zero(basis)
    exponents = np.full((basis.k, len(energies)), -np.inf)
    exponents[above] = -((energies[None] - np.log(basis.evals[above])[:, None]) ** 2) / (2 * width**2)
    weights = np.exp(exponents - exponents.max(axis=0))
    return weights / weights.sum(axis=0)


def spectral_range(basis: Basis) -> tuple[float, float]:
    """The smallest eigenvalue above zero and the largest, in 1/length².

    Raises
    ------
    ParameterError   no mode lies above zero.
    """
    above = basis.evals[_above_zero(basis)]
    if len(above) == 0:
        raise ParameterError(
            f"None of the {basis.k} modes lies above zero: each is constant on the pieces of the shape.",
            "Weld or repair the shape, keep its largest piece, or raise k beyond the number of pieces.",
        )
    return float(above[0]), float(above[-1])


def _above_zero(basis: Basis) -> np.ndarray:
    """(k,) which modes are not constant; on a shape of many pieces all may be, up to rounding."""
    return basis.evals > max(ZERO_SHARE * basis.evals[-1], ZERO_SHARE * 4 * np.pi / basis.mass.sum())


def _collect(basis: Basis, weights: np.ndarray, products: np.ndarray, normalize: bool) -> np.ndarray:
    values = products @ weights
    if normalize:
        lengths = np.sqrt(basis.mass @ values**2)
        values = values / np.maximum(lengths, np.finfo(float).tiny)
    return values


def _at_landmarks(basis: Basis, weights: np.ndarray, landmarks: np.ndarray, normalize: bool) -> np.ndarray:
    landmarks = np.asarray(landmarks)
    outside = (landmarks < 0) | (landmarks >= basis.n_vertices)
    if outside.any():
        raise ParameterError(
            f"Landmark {int(landmarks[outside][0])} is not a vertex: there are {basis.n_vertices}.", "Count from 0."
        )
    columns = [_collect(basis, weights, basis.evecs * basis.evecs[p], normalize) for p in landmarks]
    return np.hstack(columns) if columns else np.zeros((basis.n_vertices, 0))
