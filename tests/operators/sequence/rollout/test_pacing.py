"""A series continued by what it shows itself, windows of one series, and frames as far apart as a model's."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.options import AllenCahnOptions, HeatOptions, WaveOptions
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.rollout.options import ForecastOptions
from geomlearn.operators.sequence.rollout.own_series import forecast_series
from geomlearn.operators.sequence.rollout.pacing import frames_like, pace_of_frames
from geomlearn.operators.sequence.rollout.series_set import SeriesSet, split_series

MODES = 9


@pytest.fixture
def heat_field(sphere, frames):
    shape, basis = sphere
    start = np.random.default_rng(0).standard_normal(MODES)
    times = 0.05 * np.arange(40)
    # In units of the shape: radius 3.
    coefficients = start * np.exp(-np.outer(times, basis.evals * 9) / 9)
    return shape, FieldSeries(times, coefficients @ basis.evecs.T, ("u",), {})


@pytest.mark.parametrize("method", ["dmd", "rule"])
def test_a_linear_series_is_continued_exactly(heat_field, sphere, method):
    shape, series = heat_field
    given = FieldSeries(series.times[:30], series.values[:30], ("u",), {})
    options = ForecastOptions(method=method, modes=MODES, delays=1)
    result = forecast_series(given, shape, 10, options)
    truth = series.values[30:]
    assert np.linalg.norm(result.value.values - truth) < 0.01 * np.linalg.norm(truth)
    np.testing.assert_allclose(result.value.times, series.times[30:])
    assert result.stats["errors"][method] < 0.1 * result.stats["errors"]["persistence"]


def test_auto_takes_what_tells_the_last_fifth_best(heat_field):
    shape, series = heat_field
    result = forecast_series(series, shape, 3, ForecastOptions(modes=MODES))
    errors = result.stats["errors"]
    assert result.stats["method"] == min(errors, key=errors.get)
    assert result.stats["held"] == 8
    still = FieldSeries(series.times, np.repeat(series.values[:1], 40, axis=0), ("u",), {})
    kept = forecast_series(still, shape, 3, ForecastOptions(method="persistence", modes=MODES)).value.values
    assert np.ptp(kept, axis=0).max() < 1e-12


def test_too_few_frames_are_told(heat_field):
    shape, series = heat_field
    short = FieldSeries(series.times[:4], series.values[:4], ("u",), {})
    with pytest.raises(ParameterError, match="4 frames do not tell"):
        forecast_series(short, shape, 3, ForecastOptions(modes=MODES))


def test_windows_of_one_series_keep_training_and_test_frames_apart(frames):
    numbered = np.repeat(np.arange(100.0)[None, :, None], MODES, axis=2)
    one = SeriesSet(numbered, frames[:1], np.zeros(1, int), np.zeros(1), "toy", 1.0, "all")
    with pytest.raises(ParameterError, match="1 series cannot be split"):
        split_series(one)
    train, test = split_series(one, window=16)
    assert (train.coefficients.shape[1], test.coefficients.shape) == (16, (1, 16, one.coefficients.shape[2]))
    assert train.coefficients.max() < test.coefficients.min() == 84
    assert train.coefficients.min() == 0
    assert train.content != test.content
    with pytest.raises(ParameterError, match="does not hold 9 windows"):
        split_series(one, 9, window=16)


@pytest.mark.parametrize(
    ("equation", "options"),
    [
        ("heat", HeatOptions(diffusivity=0.3)),
        ("wave", WaveOptions(speed=2.0, duration=7.0)),
        ("allen-cahn", AllenCahnOptions()),
    ],
)
def test_frames_like_a_model_have_its_pace(equation, options):
    made = frames_like(equation, 0.02, equation, options, 3.0)
    gap = made.time_step * made.save_every
    assert pace_of_frames(equation, made.model_dump(), gap, 3.0) == pytest.approx(0.02)
    assert made.duration / gap == pytest.approx(round(made.duration / gap))
    if options.duration:
        assert abs(made.duration - options.duration) <= gap / 2


def test_what_has_no_frames_like_the_model_is_refused():
    with pytest.raises(ParameterError, match="continues heat, not wave"):
        frames_like("heat", 0.1, "wave", WaveOptions(), 1.0)
    with pytest.raises(ParameterError, match="so do time_step and save_every"):
        frames_like("heat", 0.1, "heat", HeatOptions(save_every=2), 1.0)
    with pytest.raises(ParameterError, match="does not say"):
        frames_like("heat", 0.0, "heat", HeatOptions(), 1.0)
