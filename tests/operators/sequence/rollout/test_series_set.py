"""Series from samples and from saved fields, and the split between shapes."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import SeriesData
from geomlearn.operators.data.sample_files import write_samples
from geomlearn.operators.fields.field_files import write_field
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.fields.solve import solve
from geomlearn.operators.sequence.rollout.forecast import continue_field
from geomlearn.operators.sequence.rollout.learning import train_rollout
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.series_set import (
    BASES,
    read_field_and_shape,
    read_series,
    series_of_field,
    split_series,
)
from geomlearn.operators.training.options import TrainingOptions

SHAPES = ("builtin:sphere@500", "builtin:torus@500")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    samples = generate("heat-series", 4, SeriesData(shapes=SHAPES, samples_per_shape=2, frames=12), cache=False)
    write_samples(folder / "samples.h5", samples)
    return folder, samples


@pytest.fixture(scope="module")
def solved(tmp_path_factory, torus):
    """Heat on the torus at the pace of the generated series, saved as `solve` saves it."""
    shape, basis = torus
    radius = float(np.sqrt(basis.mass.sum() / (4 * np.pi)))
    step = 0.005 * radius**2
    options = HeatOptions(vertex=(3,), radius=0.5 * radius, duration=22 * step, time_step=step, save_every=2)
    series = solve("heat", shape, options).value
    path = write_field(tmp_path_factory.mktemp("field") / "heat.npz", series, shape)
    return path, series, shape, basis


def test_generated_series_are_read_in_modes_and_split_between_shapes(made):
    folder, samples = made
    data = read_series(folder, 12)
    assert data.coefficients.shape == (4, 12, 12)
    assert (data.equation, data.pace) == ("heat", 0.01)
    whole = data.frames[0].modes @ data.coefficients[0, -1]
    truth = samples.targets[0][:, -1]
    assert np.linalg.norm(whole - truth) < 0.35 * np.linalg.norm(truth)
    assert 0 < data.missed.max() < 0.6
    learned, judged = split_series(data)
    assert (learned.n, judged.n) == (2, 2)
    assert learned.frames[0] is not judged.frames[0]
    with pytest.raises(ParameterError, match="cannot be split"):
        split_series(judged, 2)


def test_a_saved_field_has_the_pace_of_unit_size(solved):
    path, series, shape, basis = solved
    again, same = read_field_and_shape(path)
    assert np.array_equal(same.vertices, shape.vertices)
    data = series_of_field(again, same, 9, basis_of=lambda shape, k: basis)
    assert data.equation == "heat"
    assert np.isclose(data.pace, 0.01, rtol=1e-3)
    assert data.n_frames == series.n_frames
    # A folder of fields is a set of series.
    assert read_series(path.parent, 9).n == 1


def test_a_model_continues_a_saved_field_as_the_solver_does(made, solved, tmp_path):
    data = read_series(made[0], 9)
    options = RolloutOptions(modes=9, history=6, horizon=4, unroll=2, width=8, depth=1, states=4, fields=2)
    model = train_rollout(data, None, tmp_path, options, TrainingOptions(epochs=1, batch_size=4)).value
    _, series, shape, basis = solved
    early = FieldSeries(series.times[:7], series.values[:7], series.names, series.metadata)
    result = continue_field(model, early, shape, 5, basis_of=lambda shape, k: basis)
    assert np.allclose(result.value.times, series.times[7:12])
    frame = data_of = series_of_field(series, shape, 9, basis_of=lambda shape, k: basis)
    truth = data_of.coefficients[0, 7:12] @ frame.frames[0].modes.T
    assert np.linalg.norm(result.value.values - truth) < 0.05 * np.linalg.norm(truth)
    assert result.stats["missed"] < 0.6
    with pytest.raises(ParameterError, match="times as far apart"):
        continue_field(model, FieldSeries(3 * early.times, early.values, ("u",), early.metadata), shape, 2)
    with pytest.raises(ParameterError, match="trained on heat"):
        continue_field(model, FieldSeries(early.times, early.values, ("u",), {"method": "wave"}), shape, 2)
    with pytest.raises(ParameterError, match="at least two frames"):
        continue_field(model, FieldSeries(early.times[:1], early.values[:1]), shape, 2)
    with pytest.raises(ParameterError, match="no forecast"):
        continue_field(model, early, shape, 0)


def test_learned_modes_may_stand_for_eigenfunctions(made, solved, tmp_path):
    data = read_series(made[0], 9, basis_of=BASES["learned"])
    options = RolloutOptions(
        modes=9, history=6, horizon=4, unroll=2, width=8, depth=1, states=4, fields=2, basis="learned"
    )
    model = train_rollout(data, None, tmp_path, options, TrainingOptions(epochs=1, batch_size=4)).value
    _, series, shape, _ = solved
    early = FieldSeries(series.times[:7], series.values[:7], series.names, series.metadata)
    found = continue_field(model, early, shape, 5).value.values
    # In the span of the learned modes, not in that of the eigenfunctions.
    learned = BASES["learned"](shape, 9).evecs
    assert np.linalg.norm(found.T - learned @ np.linalg.lstsq(learned, found.T, rcond=None)[0]) < 1e-6
    held = learned @ np.linalg.lstsq(learned, series.values[7:12].T, rcond=None)[0]
    assert np.linalg.norm(found.T - held) < 0.2 * np.linalg.norm(held)


def test_a_last_frame_out_of_step_is_left_out(solved):
    _, series, shape, basis = solved
    times = np.append(series.times[:-1], series.times[-2] + 0.3 * (series.times[1] - series.times[0]))
    odd = FieldSeries(times, series.values, series.names, series.metadata)
    data = series_of_field(odd, shape, 9, basis_of=lambda shape, k: basis)
    assert data.n_frames == series.n_frames - 1


def test_fields_that_do_not_fit_are_told(torus, sphere, tmp_path):
    shape, _ = torus
    n = shape.n_vertices
    with pytest.raises(SizeMismatch, match="on its own shape"):
        series_of_field(FieldSeries(np.arange(2), np.ones((2, 5))), shape, 4)
    with pytest.raises(ParameterError, match="evenly spaced"):
        series_of_field(FieldSeries(np.array([0, 1, 3, 4]), np.ones((4, n))), shape, 4)
    with pytest.raises(ParameterError, match="not finite"):
        series_of_field(FieldSeries(np.arange(2), np.full((2, n), np.nan)), shape, 4)
    with pytest.raises(FormatError, match="no series"):
        read_series(tmp_path, 4)
    bare = write_field(tmp_path / "a.npz", FieldSeries(np.arange(3), np.ones((3, n))))
    with pytest.raises(FormatError, match="without its shape"):
        read_series(bare, 4)


def test_series_have_one_clock():
    with pytest.raises(ParameterError, match="duration"):
        SeriesData(duration=1.0)
