"""Weighted least squares from few readings, and the band around the field."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.mode_space import from_functions
from geomlearn.sensing.regression.weighted_least_squares import weighted_least_squares

X = np.linspace(-1, 1, 500)
SPACE = from_functions(np.polynomial.legendre.legvander(X, 7))
RNG = np.random.default_rng(0)
CHOSEN = RNG.choice(500, 30, p=SPACE.density, replace=False)
FUNCTIONS, WEIGHTS = SPACE.functions[CHOSEN], SPACE.weights[CHOSEN]


def test_property_8_the_factorised_answer_is_that_of_the_normal_equations():
    readings = RNG.normal(size=30)
    found = weighted_least_squares(FUNCTIONS, readings, WEIGHTS).coefficients[:, 0]
    normal = FUNCTIONS.T @ (WEIGHTS[:, None] * FUNCTIONS)
    assert found == pytest.approx(np.linalg.solve(normal, FUNCTIONS.T @ (WEIGHTS * readings)), abs=1e-8)


def test_property_7_a_rotation_of_the_modes_leaves_the_field():
    readings = RNG.normal(size=30)
    turn = np.linalg.qr(RNG.normal(size=(8, 8)))[0]
    plain = SPACE.functions @ weighted_least_squares(FUNCTIONS, readings, WEIGHTS).coefficients
    turned = SPACE.functions @ turn @ weighted_least_squares(FUNCTIONS @ turn, readings, WEIGHTS).coefficients
    assert turned == pytest.approx(plain, abs=1e-10)


def test_the_spread_is_that_of_the_noise():
    noise = 0.3 * np.random.default_rng(1).normal(size=(30, 2000))
    found = weighted_least_squares(FUNCTIONS, noise, WEIGHTS).spread
    assert np.mean(found**2) == pytest.approx(0.09, rel=0.03)


def test_the_band_covers_what_new_readings_would_show():
    rng = np.random.default_rng(2)
    noise = 0.3 * rng.normal(size=(30, 400))
    fit = weighted_least_squares(FUNCTIONS, noise, WEIGHTS)
    fresh = 0.3 * rng.normal(size=(500, 400))
    covered = np.abs(SPACE.functions @ fit.coefficients - fresh) <= fit.band(SPACE.functions)
    assert covered.mean() == pytest.approx(0.95, abs=0.02)
    narrow = fit.band(SPACE.functions, 0.5)
    assert (narrow < fit.band(SPACE.functions)).all()


def test_as_many_readings_as_modes_tell_no_band_unless_the_noise_is_known():
    square = FUNCTIONS[:8]
    assert np.isnan(weighted_least_squares(square, np.ones(8)).band(SPACE.functions)).all()
    known = weighted_least_squares(square, np.ones(8), noise=0.1)
    assert np.isfinite(known.band(SPACE.functions)).all()


def test_a_silent_sensor_is_left_out():
    readings = FUNCTIONS @ np.arange(8.0)
    readings[4] = np.nan
    found = weighted_least_squares(FUNCTIONS, readings, WEIGHTS)
    assert found.coefficients[:, 0] == pytest.approx(np.arange(8.0), abs=1e-9)


def test_bad_readings_are_sentences():
    with pytest.raises(ParameterError, match="5 readings cannot determine 8 modes"):
        weighted_least_squares(FUNCTIONS[:5], np.ones(5))
    with pytest.raises(ParameterError, match="determine 1 of 8 modes"):
        weighted_least_squares(np.repeat(FUNCTIONS[:1], 30, axis=0), np.ones(30))
    with pytest.raises(SizeMismatch, match="29 readings"):
        weighted_least_squares(FUNCTIONS, np.ones(29))
    partly = np.ones((30, 2))
    partly[3, 1] = np.nan
    with pytest.raises(ParameterError, match="Reading 3 is not a number"):
        weighted_least_squares(FUNCTIONS, partly)
    with pytest.raises(ParameterError, match="0 readings"):
        weighted_least_squares(FUNCTIONS, np.full(30, np.nan))
