"""Vorticity against exact decay, the energy identity and symmetries."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.operators.fields.grids.navier_stokes import published_forcing, solve_vorticity
from geomlearn.operators.fields.grids.random_fields import periodic_field


@pytest.fixture
def start():
    return periodic_field(32, np.random.default_rng(0))


def test_a_single_wave_decays_exactly():
    x = np.arange(16) / 16
    wave = np.sin(2 * np.pi * (x[:, None] + x))
    got = solve_vorticity(wave, np.array([1.0]), viscosity=1e-2)[..., 0]
    np.testing.assert_allclose(got, np.exp(-8 * np.pi**2 * 1e-2) * wave, atol=1e-9)


def test_the_mean_stays(start):
    frames = solve_vorticity(start + 0.3, np.array([1.0, 2.0]), forcing=published_forcing(32))
    np.testing.assert_allclose(frames.mean((0, 1)), 0.3, atol=1e-12)


def energy_and_enstrophy(w):
    n = len(w)
    k = 2 * np.pi * np.fft.fftfreq(n, 1 / n)
    square = k[:, None] ** 2 + k**2
    square[0, 0] = np.inf
    power = np.abs(np.fft.fft2(w) / n**2) ** 2
    return (power / square).sum() / 2, power.sum()


def test_energy_falls_by_viscosity_alone(start):
    times = np.arange(1, 41) * 0.025
    frames = solve_vorticity(start, times, viscosity=1e-3)
    values = [energy_and_enstrophy(w) for w in [start, *np.moveaxis(frames, -1, 0)]]
    energies, enstrophies = np.array(values).T
    lost = 1e-3 * np.trapezoid(enstrophies, dx=0.025)
    # The trapezoidal rule sets this bound.
    assert energies[0] - energies[-1] == pytest.approx(lost, rel=1e-4)


def test_a_shift_is_carried_along(start):
    one, other = (solve_vorticity(w, np.array([2.0]))[..., 0] for w in (start, np.roll(start, (3, 5), (0, 1))))
    np.testing.assert_allclose(other, np.roll(one, (3, 5), (0, 1)), atol=1e-12)


def test_steps_of_any_length_agree_at_fourth_order(start):
    exact = solve_vorticity(start * 3, np.array([1.0]), dt=0.01)
    errors = [np.abs(solve_vorticity(start * 3, np.array([1.0]), dt=dt) - exact).max() for dt in (0.25, 0.125)]
    assert 10 < errors[0] / errors[1] < 30
    parts = solve_vorticity(start, np.array([0.3, 1.0]), dt=0.02)
    assert np.abs(parts[..., 1] - solve_vorticity(start, np.array([1.0]), dt=0.02)[..., 0]).max() < 1e-8


def test_bad_input_and_steps_too_long_say_so(start):
    with pytest.raises(ParameterError, match="expected"):
        solve_vorticity(start[:, :5], np.array([1.0]))
    with pytest.raises(ParameterError, match="ascend"):
        solve_vorticity(start, np.array([1.0, 1.0]))
    with np.errstate(all="ignore"), pytest.raises(SolverError, match="without bound"):
        solve_vorticity(1e4 * start, np.array([20.0]), dt=1.0)
