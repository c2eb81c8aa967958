"""Burgers' equation u_t + u u_x = ν u_xx on a circle."""

from __future__ import annotations

import math

import numpy as np

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.operators.fields.grids.spectral_steps import IntegratingFactor, low_modes


def solve_burgers(
    initial: np.ndarray,
    *,
    viscosity: float = 0.1,
    duration: float = 1.0,
    length: float = 2 * math.pi,
    dt: float | None = None,
) -> np.ndarray:
    """The velocity at the end.

    Parameters
    ----------
    initial    (n,) velocity on a periodic grid, the last point not repeated.
    length     circumference of the circle; the published data belong to 2π.
    dt         length of a step; half a grid spacing over the largest speed when None.

    Returns
    -------
    (n,) velocity after `duration`.

    Raises
    ------
    ParameterError   fewer than 4 points, or a duration or viscosity that is not positive.
    SolverError      the solution grew without bound: the grid is too coarse for the viscosity.

    Source   pseudo-spectral with the 2/3 rule and `IntegratingFactor`.
    """
    initial = np.asarray(initial, np.float64)
    n = len(initial)
    if initial.ndim != 1 or n < 4 or min(viscosity, duration, length) <= 0:
        raise ParameterError(
            "Burgers' equation needs at least 4 points, and a viscosity, duration and length above 0.", "Change them."
        )
    k = 2 * np.pi / length * np.fft.rfftfreq(n, 1 / n)
    kept = low_modes(n, half=True)
    derivative = -0.5j * k * kept

    def nonlinear(spectrum: np.ndarray) -> np.ndarray:
        return derivative * np.fft.rfft(np.fft.irfft(spectrum * kept, n) ** 2)

    if dt is None:
        dt = 0.5 * length / n / max(float(np.abs(initial).max()), 0.1)
    steps = math.ceil(duration / dt)
    step = IntegratingFactor(-viscosity * k**2, nonlinear, duration / steps)
    spectrum = np.fft.rfft(initial)
    for _ in range(steps):
        spectrum = step(spectrum)
    solution = np.fft.irfft(spectrum, n)
    if not np.isfinite(solution).all():
        raise SolverError("Burgers' equation grew without bound.", "Use a finer grid or more viscosity.")
    return solution
