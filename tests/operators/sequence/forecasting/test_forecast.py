"""Forecasts from one trajectory on meshes, clouds and grids; the candidates' table; and bad input in sentences."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.forecasting.forecast import forecast_frames, forecast_grid, forecast_series
from geomlearn.operators.sequence.forecasting.options import ForecastOptions

QUICK = ForecastOptions(modes=16, origins=1, time_limit=1000)


@pytest.fixture
def heat(sphere, sphere_place):
    start = np.random.default_rng(0).standard_normal(16)
    times = 0.02 * np.arange(40)
    values = (start * np.exp(-np.outer(times, sphere_place.evals))) @ sphere_place.modes.T
    return FieldSeries(times, values, ("u",), {})


@pytest.mark.parametrize("method", ["auto", "dmd", "rule"])
@pytest.mark.parametrize("as_cloud", [False, True])
def test_heat_is_continued_far_better_than_standing_still(heat, sphere, method, as_cloud):
    shape = sphere.replace(faces=np.zeros((0, 3), np.int64)) if as_cloud else sphere
    given = FieldSeries(heat.times[:30], heat.values[:30], ("u",), {})
    result = forecast_series(given, shape, 10, QUICK.replace(method=method))
    truth, still = heat.values[30:], heat.values[29]
    # The modes of the cloud are not quite those of the mesh that the series is made of.
    assert np.linalg.norm(result.value.values - truth) < 0.3 * np.linalg.norm(still - truth)
    np.testing.assert_allclose(result.value.times, heat.times[30:])
    assert {row["name"] for row in result.stats["candidates"]} >= {"persistence", "dmd", "rule", "bop-dmd"}


def test_auto_takes_the_first_of_its_table(heat, sphere):
    stats = forecast_series(heat, sphere, 3, QUICK).stats
    errors = [row["error"] for row in stats["candidates"] if row["error"] is not None]
    assert errors == sorted(errors)
    assert stats["method"] == stats["candidates"][0]["name"]


def test_noise_is_left_standing_and_never_run_from():
    frames = np.random.default_rng(0).standard_normal((40, 30))
    found = forecast_frames(frames, 200, QUICK)
    assert np.linalg.norm(found.value, axis=1).max() < 3 * np.linalg.norm(frames, axis=1).max()


def test_burgers_on_a_grid_is_closed_and_continued(burgers):
    found = forecast_grid(burgers[:40], 20, ForecastOptions(modes=33, origins=2, time_limit=1000))
    assert found.stats["periodic"]
    still = np.linalg.norm(burgers[39] - burgers[40:])
    assert np.linalg.norm(found.value - burgers[40:]) < 0.1 * still


def test_a_ramp_does_not_close_on_itself():
    x = np.linspace(0, 1, 12)
    frames = np.stack([np.add.outer(x, 0.5 * x) * 0.97**t for t in range(20)])
    found = forecast_grid(frames, 4, QUICK)
    assert not found.stats["periodic"]
    assert found.value.shape == (4, 12, 12)
    truth = np.stack([np.add.outer(x, 0.5 * x) * 0.97**t for t in range(20, 24)])
    assert np.linalg.norm(found.value - truth) < 0.02 * np.linalg.norm(truth)


def test_several_functions_are_continued_together_without_a_rule(heat, sphere):
    both = FieldSeries(heat.times, np.stack([heat.values, -2 * heat.values], -1), ("u", "v"), {})
    found = forecast_series(both, sphere, 4, QUICK)
    assert found.value.values.shape == (4, sphere.n_vertices, 2)
    np.testing.assert_allclose(found.value.values[..., 1], -2 * found.value.values[..., 0], atol=1e-6)
    with pytest.raises(ParameterError, match="one function"):
        forecast_series(both, sphere, 4, QUICK.replace(method="rule"))


def test_a_series_that_vanishes_stays():
    found = forecast_frames(np.zeros((10, 4)), 5, QUICK)
    assert not found.value.any()
    assert any(row["dropped"] for row in found.stats["candidates"])


def test_units_do_not_matter(heat, sphere):
    options = QUICK.replace(method="dmd")
    one = forecast_series(heat, sphere, 5, options).value.values
    large = forecast_series(FieldSeries(heat.times, 1e6 * heat.values, ("u",), {}), sphere, 5, options).value.values
    np.testing.assert_allclose(large, 1e6 * one, rtol=1e-6, atol=1e-3)


def test_bad_input_ends_in_a_sentence(heat, sphere):
    with pytest.raises(ParameterError, match="4 frames do not tell"):
        forecast_frames(np.ones((4, 3)), 2)
    with pytest.raises(ParameterError, match="0 frames are no forecast"):
        forecast_frames(np.ones((9, 3)), 0)
    with pytest.raises(ParameterError, match="not finite"):
        forecast_frames(np.full((9, 3), np.nan), 2)
    with pytest.raises(SizeMismatch, match="weights"):
        forecast_frames(np.ones((9, 3)), 2, weights=np.ones(4))
    with pytest.raises(ParameterError, match="no grid"):
        forecast_grid(np.ones(9), 2)
    uneven = FieldSeries(np.cumsum(np.arange(1, 41)), heat.values, ("u",), {})
    with pytest.raises(ParameterError, match="not evenly spaced"):
        forecast_series(uneven, sphere, 3)
