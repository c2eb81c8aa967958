"""Burgers' equation against Cole and Hopf, and against the published data."""

import numpy as np
import pytest
from scipy.signal import resample

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.operators.fields.grids.burgers import solve_burgers
from geomlearn.operators.fields.grids.random_fields import periodic_line


def cole_hopf(x, t, viscosity):
    decay = np.exp(-viscosity * t)
    return 2 * viscosity * decay * np.sin(x) / (2 + decay * np.cos(x))


def test_it_is_the_exact_solution_of_cole_and_hopf():
    x = 2 * np.pi * np.arange(64) / 64
    got = solve_burgers(cole_hopf(x, 0, 0.3), viscosity=0.3, duration=2.0, dt=5e-3)
    np.testing.assert_allclose(got, cole_hopf(x, 2.0, 0.3), atol=1e-11)


def test_the_time_steps_are_of_fourth_order():
    start = 3 * periodic_line(64, np.random.default_rng(0))
    exact = solve_burgers(start, dt=1e-3)
    errors = [np.abs(solve_burgers(start, dt=dt) - exact).max() for dt in (0.04, 0.02)]
    assert 12 < errors[0] / errors[1] < 22


def test_the_mean_stays_energy_falls_and_a_shift_is_carried_along():
    start = periodic_line(128, np.random.default_rng(0))
    end = solve_burgers(start)
    assert end.mean() == pytest.approx(start.mean(), abs=1e-13)
    assert (end**2).sum() < (start**2).sum()
    np.testing.assert_allclose(solve_burgers(np.roll(start, 17)), np.roll(end, 17), atol=1e-12)


def test_the_length_is_a_matter_of_units():
    start = periodic_line(64, np.random.default_rng(0))
    one = solve_burgers(start, viscosity=0.1, duration=1.0, length=2 * np.pi)
    other = solve_burgers(start, viscosity=0.1 / (2 * np.pi), duration=1 / (2 * np.pi), length=1.0)
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_it_makes_the_published_solutions_from_the_published_starts(shared_data):
    data = np.load(shared_data / "pde/burgers1d/burgers.npz")
    for sample in (0, 7, 1100):
        start, end = data["x"][sample, :, 0].astype(float), data["y"][sample, :, 0]
        got = solve_burgers(resample(start, 512))[::4]
        # Their first-order splitting and single precision set this bound, not ours.
        assert np.linalg.norm(got - end) < 1e-3 * np.linalg.norm(end)


def test_bad_input_and_a_grid_too_coarse_say_so():
    with pytest.raises(ParameterError, match="above 0"):
        solve_burgers(np.zeros(8), viscosity=0)
    with np.errstate(all="ignore"), pytest.raises(SolverError, match="without bound"):
        solve_burgers(100 * np.sin(2 * np.pi * np.arange(32) / 32), viscosity=1e-6, dt=0.1, duration=20)
