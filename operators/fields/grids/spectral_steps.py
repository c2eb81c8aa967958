"""Runge-Kutta steps for u_t = L u + N(u) with a diagonal L: the linear part is solved exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class IntegratingFactor:
    """Classical fourth-order Runge-Kutta in the variable exp(−L t) u.

    Parameters
    ----------
    linear     diagonal of L, broadcastable to the spectrum.
    nonlinear  N, a function of the spectrum.
    dt         length of a step.

    Source   Cox & Matthews 2002; Kassam & Trefethen 2005, section 2.
    """

    def __init__(self, linear: np.ndarray, nonlinear: Callable[[np.ndarray], np.ndarray], dt: float) -> None:
        self.half, self.nonlinear, self.dt = np.exp(linear * dt / 2), nonlinear, dt

    def __call__(self, u: np.ndarray) -> np.ndarray:
        """One step on."""
        half, dt, nonlinear = self.half, self.dt, self.nonlinear
        a = nonlinear(u)
        b = nonlinear(half * (u + dt / 2 * a))
        c = nonlinear(half * u + dt / 2 * b)
        d = nonlinear(half * (half * u + dt * c))
        return half * (half * (u + dt / 6 * a) + dt / 3 * (b + c)) + dt / 6 * d


def low_modes(n: int, *, half: bool = False) -> np.ndarray:
    """Which of n modes survive the 2/3 rule, so that products of two do not fold back; `half` for real transforms."""
    k = np.fft.rfftfreq(n, 1 / n) if half else np.fft.fftfreq(n, 1 / n)
    return np.abs(k) < n / 3
