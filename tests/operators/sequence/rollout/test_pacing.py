"""Windows of one series, and frames as far apart as a model's."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.options import AllenCahnOptions, HeatOptions, WaveOptions
from geomlearn.operators.sequence.rollout.pacing import frames_like, pace_of_frames
from geomlearn.operators.sequence.rollout.series_set import SeriesSet, split_series

MODES = 9


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


def test_the_pace_of_frames_is_free_of_size_and_of_the_speed_of_the_equation():
    assert pace_of_frames("heat", {"diffusivity": 0.3}, 2.0, 3.0) == pytest.approx(2 * 0.3 / 9)
    assert pace_of_frames("wave", {"speed": 4.0}, 2.0, 3.0) == pytest.approx(2 * 4 / 3)
    assert pace_of_frames("allen-cahn", {}, 2.0, 3.0) == pytest.approx(2 / 9)
    assert pace_of_frames("advect", {"velocity": "stream"}, 2.0, 3.0) == pytest.approx(2 / 3)
    assert pace_of_frames("advect", {"velocity": "file"}, 2.0, 3.0) == 2.0


def test_what_has_no_frames_like_the_model_is_refused():
    with pytest.raises(ParameterError, match="continues heat, not wave"):
        frames_like("heat", 0.1, "wave", WaveOptions(), 1.0)
    with pytest.raises(ParameterError, match="so do time_step and save_every"):
        frames_like("heat", 0.1, "heat", HeatOptions(save_every=2), 1.0)
    with pytest.raises(ParameterError, match="does not say"):
        frames_like("heat", 0.0, "heat", HeatOptions(), 1.0)
