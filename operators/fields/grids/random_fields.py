"""Gaussian random fields with covariance σ² (−Δ + τ²)^−α, drawn in the eigenfunctions of the Laplacian."""

from __future__ import annotations

import math

import numpy as np
from scipy.fft import idctn


def neumann_field(n: int, rng: np.random.Generator, *, alpha: float = 2.0, tau: float = 3.0) -> np.ndarray:
    """(n, n) field on the unit square without flux at the rim and with zero mean; σ = τ^(α−1).

    Source   Li et al. 2021, arXiv 2010.08895, released generator.
    """
    k = np.arange(n)
    spectrum = tau ** (alpha - 1) * (np.pi**2 * (k[:, None] ** 2 + k[None, :] ** 2) + tau**2) ** (-alpha / 2)
    coefficients = n * spectrum * rng.standard_normal((n, n))
    coefficients[0, 0] = 0.0
    return idctn(coefficients, norm="ortho")


def thresholded_field(
    n: int, rng: np.random.Generator, *, low: float = 3.0, high: float = 12.0, alpha: float = 2.0, tau: float = 3.0
) -> np.ndarray:
    """(n, n) field of two values: `high` where a `neumann_field` is not negative, else `low`."""
    return np.where(neumann_field(n, rng, alpha=alpha, tau=tau) >= 0, high, low)


def periodic_field(n: int, rng: np.random.Generator, *, alpha: float = 2.5, tau: float = 7.0) -> np.ndarray:
    """(n, n) field on the unit torus with zero mean; σ = τ^(α−1).

    Source   Li et al. 2021, arXiv 2010.08895, released generator of initial vorticities.
    """
    k = np.fft.fftfreq(n, 1 / n)
    spectrum = math.sqrt(2) * tau ** (alpha - 1)
    spectrum = spectrum * (4 * np.pi**2 * (k[:, None] ** 2 + k[None, :] ** 2) + tau**2) ** (-alpha / 2)
    spectrum[0, 0] = 0.0
    noise = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return np.fft.ifft2(n**2 / math.sqrt(2) * spectrum * noise).real


def periodic_line(
    n: int, rng: np.random.Generator, *, alpha: float = 2.0, tau: float = 5.0, sigma: float = 25.0
) -> np.ndarray:
    """(n,) field on the unit circle with zero mean.

    The modes are drawn from the lowest up, so finer grids show the same function to the same generator only if they
    have as many modes; `n` should be the solver's grid.
    """
    k = np.arange(1, n // 2)
    spectrum = sigma * (4 * np.pi**2 * k**2 + tau**2) ** (-alpha / 2)
    coefficients = np.zeros(n // 2 + 1, complex)
    coefficients[1 : n // 2] = spectrum * (rng.standard_normal(len(k)) + 1j * rng.standard_normal(len(k)))
    return np.fft.irfft(coefficients, n) * n / math.sqrt(2)
