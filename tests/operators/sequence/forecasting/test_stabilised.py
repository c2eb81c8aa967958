"""Forecasts that leave what was seen are led back to the last frame."""

import numpy as np

from geomlearn.operators.sequence.forecasting.stabilised import bounds_of, stabilised

GIVEN = np.stack([np.cos(0.3 * np.arange(40)), np.sin(0.3 * np.arange(40))], 1)


def test_what_stays_within_is_left_alone():
    after = np.stack([np.cos(0.3 * np.arange(40, 80)), np.sin(0.3 * np.arange(40, 80))], 1)
    made, left = stabilised(after, bounds_of(GIVEN, 1.5, 40))
    assert left is None
    np.testing.assert_array_equal(made, after)


def test_growth_ends_at_the_last_frame():
    growing = GIVEN[-1] * 1.1 ** np.arange(1, 201)[:, None]
    bounds = bounds_of(GIVEN, 1.5, 200)
    made, left = stabilised(growing, bounds)
    # 1.1⁴ = 1.46 and 1.1⁵ = 1.61 times the radius: the fifth frame, counted from 0 the fourth, is the first beyond.
    assert left == 4
    np.testing.assert_array_equal(made[:left], growing[:left])
    assert np.linalg.norm(made[-1] - GIVEN[-1]) < 1e-9
    assert np.linalg.norm(made - bounds.centre, axis=1).max() <= bounds.reach.max() + 1e-9


def test_what_grew_while_it_was_seen_may_go_on_growing_at_that_rate_for_a_while():
    grown = GIVEN * 1.05 ** np.arange(40)[:, None]
    times = np.arange(40, 140)
    on = np.stack([np.cos(0.3 * times), np.sin(0.3 * times)], 1) * 1.05 ** times[:, None]
    _, left = stabilised(on, bounds_of(grown, 1.5, 100))
    # For half the frames given, and until the factor 1.5 = 1.05^8.3 is used up.
    assert 24 <= left <= 32
    assert stabilised(on * 1.1 ** np.arange(1, 101)[:, None], bounds_of(grown, 1.5, 100))[1] < 10


def test_a_leap_and_what_is_not_finite_are_led_back_too():
    leap = np.repeat(GIVEN[-1:], 5, axis=0)
    leap[2:] = 0.0
    assert stabilised(leap, bounds_of(GIVEN, 1.5, 5))[1] == 2
    broken = np.repeat(GIVEN[-1:], 5, axis=0)
    broken[1:] = np.nan
    made, left = stabilised(broken, bounds_of(GIVEN, 1.5, 5))
    assert left == 1
    np.testing.assert_allclose(made, np.repeat(GIVEN[-1:], 5, axis=0))


def test_a_field_that_stands_still_may_stay():
    still = np.ones((10, 3))
    assert stabilised(np.ones((4, 3)), bounds_of(still, 1.5, 4))[1] is None
