"""Small series whose course is known."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.sequence.forecasting.place import grid_place, shape_place
from geomlearn.shapes.load import load_shape


@pytest.fixture(scope="session")
def sphere():
    return load_shape("builtin:sphere@500")


@pytest.fixture(scope="session")
def sphere_place(sphere):
    return shape_place(sphere, 16)


@pytest.fixture(scope="session")
def circle():
    return grid_place((64,), 33, periodic=True)


@pytest.fixture(scope="session")
def burgers():
    """(60, 64) frames of u_t = −u u_x + ν u_xx on a circle of length 1, by small explicit steps."""
    n, x = 64, np.arange(64) / 64
    u, frames = np.sin(2 * np.pi * x) + 0.5 * np.cos(4 * np.pi * x) + 0.3, []
    k = 2j * np.pi * np.fft.rfftfreq(n, 1 / n)
    for _ in range(60):
        frames.append(u)
        for _ in range(40):
            slope, bend = (np.fft.irfft(k**p * np.fft.rfft(u), n) for p in (1, 2))
            u = u + 1.25e-4 * (0.02 * bend - u * slope)
    return np.array(frames)
