"""The closed-form rule finds what made the series, on one shape and on another."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.rollout.learning import relative_errors, rollout_task
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.rule import best_rule, fit_rule, roll_rule
from geomlearn.operators.sequence.rollout.series_set import SeriesSet


def _error(rule, data, n_given=8):
    made = roll_rule(rule, data.coefficients[:, :n_given], data.frames, data.shape_of, data.n_frames - n_given)
    return relative_errors(made, data.coefficients[:, n_given:], (data.n_frames - n_given,)).max()


def test_heat_needs_one_delay_and_waves_two(heat_set, wave_set):
    for data, delays, floor in ((heat_set, 1, 1e-3), (wave_set, 2, 2e-2)):
        rule = fit_rule(data.coefficients, data.frames, data.shape_of, delays=delays, transport=False)
        assert _error(rule, data) < floor
        assert rule.is_linear
    one = fit_rule(wave_set.coefficients, wave_set.frames, wave_set.shape_of, delays=1, transport=False)
    assert _error(one, wave_set) > 0.3


def test_what_is_learned_on_one_shape_holds_on_another(heat_set):
    sphere, torus = (heat_set.take(np.flatnonzero(heat_set.shape_of == i)) for i in (0, 1))
    rule = fit_rule(torus.coefficients, torus.frames, torus.shape_of, delays=1, transport=False)
    # The torus' smooth factors, read at the eigenvalues of the sphere within its reach.
    inside = sphere.frames[0].evals <= rule.reach**2
    made = roll_rule(rule, sphere.coefficients[:, :4], sphere.frames, sphere.shape_of, 8)
    assert np.abs(made - sphere.coefficients[:, 4:12])[..., inside].max() < 3e-2


def _reacting(frames, seed=0):
    """a' = −0.2 λ a + P[u − u³] and transport along the level lines of z, by Euler's steps of 0.05."""
    rng = np.random.default_rng(seed)
    coefficients, shape_of = [], []
    for index, frame in enumerate(frames):
        for _ in range(4):
            a = 0.5 * rng.standard_normal(frame.k)
            series = []
            for _ in range(20):
                series.append(a)
                u = frame.modes @ a
                local = frame.project((u - u**3)[None])[0]
                a = a + 0.05 * (local - 0.2 * frame.evals * a + 0.6 * frame.transport[5] @ a)
            coefficients.append(series)
            shape_of.append(index)
    return np.array(coefficients), np.array(shape_of)


def test_transport_and_powers_come_out_as_they_went_in(frames):
    series, shape_of = _reacting(frames)
    rule = fit_rule(series, frames, shape_of, delays=1, transport=True, powers=True)
    assert np.allclose(rule.transport, [0, 0, 0, 0, 0, 0.03], atol=2e-3)
    assert np.allclose(rule.powers, [0, -0.05], atol=2e-3)
    assert not rule.is_linear


def test_every_part_has_to_earn_its_place(frames, heat_set):
    series, shape_of = _reacting(frames)
    chosen = best_rule(series, frames, shape_of, 4, transport=True, powers=True)
    assert abs(chosen.powers[1] + 0.05) < 2e-3
    plain = best_rule(heat_set.coefficients, heat_set.frames, heat_set.shape_of, 4, transport=True, powers=True)
    assert plain.is_linear
    assert not best_rule(series, frames, shape_of, 4, transport=False, powers=False).transport.any()


def test_sizes_have_a_meaning_where_powers_help(frames, heat_set):
    series, shape_of = _reacting(frames)
    options = RolloutOptions(modes=9, history=4, horizon=8, unroll=4)
    reacting = SeriesSet(series, frames, shape_of, np.zeros(len(series)), "toy", 0.05)
    model = rollout_task(reacting, None, options).model
    assert (model.options.amplitude, bool(model.powers.any())) == ("absolute", True)
    model = rollout_task(heat_set, None, options).model
    assert (model.options.amplitude, bool(model.powers.any())) == ("own", False)


def test_two_frames_show_no_rule(heat_set):
    with pytest.raises(ParameterError, match="2 frames"):
        fit_rule(heat_set.coefficients[:, :2], heat_set.frames, heat_set.shape_of)


def test_a_rule_that_runs_away_gives_numbers_all_the_same(frames):
    series, shape_of = _reacting(frames)
    rule = fit_rule(series, frames, shape_of, delays=1, transport=True, powers=True)
    made = roll_rule(rule, 50 * series[:, :2], frames, shape_of, 30)
    assert np.isfinite(made).all()
