"""Random fields have the spectrum they claim."""

import numpy as np
import pytest
from scipy.fft import dctn

from geomlearn.operators.fields.grids.random_fields import (
    neumann_field,
    periodic_field,
    periodic_line,
    thresholded_field,
)


def test_the_neumann_field_has_its_spectrum():
    rng = np.random.default_rng(0)
    n, draws = 16, 4000
    power = np.mean([dctn(neumann_field(n, rng), norm="ortho") ** 2 for _ in range(draws)], 0) / n**2
    k = np.arange(n)
    want = 3.0**2 * (np.pi**2 * (k[:, None] ** 2 + k**2) + 9) ** -2.0
    want[0, 0] = 0
    # The mean of 4000 squares of normal numbers errs by 2.2 % (one standard deviation), the worst of 256 by about 8 %.
    np.testing.assert_allclose(power, want, rtol=0.12, atol=1e-25)


def test_published_deviations():
    rng = np.random.default_rng(0)
    assert np.mean([neumann_field(85, rng).std() for _ in range(30)]) == pytest.approx(0.28, abs=0.03)
    assert np.mean([periodic_field(64, rng).std() for _ in range(30)]) == pytest.approx(0.18, abs=0.02)


def test_periodic_fields_have_no_mean_and_their_spectrum():
    rng = np.random.default_rng(1)
    assert abs(periodic_field(32, rng).mean()) < 1e-12
    lines = np.stack([periodic_line(64, rng) for _ in range(4000)])
    power = (np.abs(np.fft.rfft(lines, axis=1) / 64) ** 2).mean(0)
    k = np.arange(1, 20)
    np.testing.assert_allclose(power[1:20], 25.0**2 * (4 * np.pi**2 * k**2 + 25) ** -2.0, rtol=0.1)
    assert power[0] < 1e-20


def test_lines_are_those_of_the_published_burgers_set(shared_data):
    inputs = np.load(shared_data / "pde/burgers1d/burgers.npz")["x"][..., 0]
    power = (np.abs(np.fft.rfft(inputs, axis=1) / 128) ** 2).mean(0)
    k = np.arange(1, 12)
    # 1200 samples: 2.9 % per standard deviation.
    np.testing.assert_allclose(power[1:12], 25.0**2 * (4 * np.pi**2 * k**2 + 25) ** -2.0, rtol=0.12)


def test_thresholding_gives_two_values_and_seeds_decide():
    one, again, other = (thresholded_field(20, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert set(np.unique(one)) == {3.0, 12.0}
    assert (one == again).all()
    assert (one != other).any()
