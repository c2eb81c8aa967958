"""The rollout model: whole reading is stepping, signs and sizes do not matter, every mixer learns, files come back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.sequence.model_files import load_sequence_model, save_sequence_model
from geomlearn.operators.sequence.rollout.learning import RolloutTask, continued, relative_errors, train_rollout
from geomlearn.operators.sequence.rollout.modal import ModalBatch
from geomlearn.operators.sequence.rollout.model import RolloutModel
from geomlearn.operators.sequence.rollout.options import MIXERS, RolloutOptions
from geomlearn.operators.sequence.rollout.rule import best_rule, roll_rule
from geomlearn.operators.training.options import TrainingOptions

SMALL = RolloutOptions(mixer="s5-ptd", modes=9, history=8, horizon=8, unroll=4, width=8, depth=2, fields=2, states=4)


def _model(mixer="s5-ptd", **changes):
    """A model whose network speaks: freshly made ones leave all to the rule."""
    model = RolloutModel(SMALL.replace(mixer=mixer, **changes), seed=1)
    with torch.no_grad():
        torch.nn.init.normal_(model.decoder.weight, std=0.3)
    return model.eval()


def _given(data, n=8):
    shapes = ModalBatch.of(data.frames).take(torch.from_numpy(data.shape_of))
    return torch.as_tensor(data.coefficients[:, :n], dtype=torch.get_default_dtype()), shapes


@pytest.mark.parametrize("mixer", MIXERS)
def test_reading_at_once_is_reading_frame_by_frame(wave_set, mixer):
    model, (history, shapes) = _model(mixer), _given(wave_set)
    whole, _ = model.begin(history, shapes)
    first, state = model.begin(history, shapes)
    state = replace(state, last=history[:, :1] / state.size * state.sign, mixers=(None,) * 2)
    singly = []
    for t in range(history.shape[1]):
        frame, state = model.step(history[:, t : t + 1], state)
        singly.append(frame)
    assert torch.allclose(torch.cat(singly, 1), whole, atol=2e-5)
    assert torch.equal(first, whole)


@pytest.mark.parametrize("mixer", ["s5-ptd", "transformer"])
def test_the_state_does_not_grow(heat_set, mixer):
    model, (history, shapes) = _model(mixer), _given(heat_set)
    frame, state = model.begin(history, shapes)
    frame = frame[:, -1:]

    def size(node):
        if isinstance(node, torch.Tensor):
            return node.numel()
        return sum(map(size, node)) if isinstance(node, tuple) else 0

    sizes = []
    for _ in range(3 * (SMALL.history + SMALL.horizon)):
        frame, state = model.step(frame, state)
        sizes.append(size(state.mixers))
    assert sizes[-1] == sizes[-10]


@pytest.mark.parametrize("coupling", ["field", "none"])
def test_the_signs_of_eigenfunctions_do_not_matter(wave_set, coupling):
    model, (history, shapes) = _model(coupling=coupling), _given(wave_set)
    sign = torch.tensor([1.0, -1, 1, -1, -1, 1, -1, 1, -1])
    turned = ModalBatch(shapes.evals, shapes.modes * sign, shapes.weights, shapes.transport * sign * sign[:, None])
    plain, other = model(history, shapes, 5)[1], model(history * sign, turned, 5)[1]
    assert torch.allclose(plain * sign, other, atol=1e-5)


def test_modes_see_each_other_only_in_the_field(wave_set):
    history, shapes = _given(wave_set)
    changed = history.clone()
    changed[:, :, 3] *= 2.0
    for coupling, same in (("none", True), ("field", False)):
        model = _model(coupling=coupling, amplitude="absolute")
        gap = (model(history, shapes, 3)[1] - model(changed, shapes, 3)[1]).detach().abs()[..., :3].max()
        assert (float(gap) < 1e-6) is same


def test_linear_fields_scale_with_their_size(wave_set):
    history, shapes = _given(wave_set)
    own, absolute = _model(amplitude="own"), _model(amplitude="absolute")
    assert torch.allclose(own(7 * history, shapes, 4)[1], 7 * own(history, shapes, 4)[1], rtol=1e-3, atol=1e-4)
    assert not torch.allclose(absolute(7 * history, shapes, 4)[1], 7 * absolute(history, shapes, 4)[1], rtol=1e-2)


def test_a_batch_is_its_series_one_by_one(heat_set):
    model, (history, shapes) = _model(), _given(heat_set)
    together = model(history, shapes, 3)[1]
    for i in (0, len(history) - 1):
        alone = model(history[i : i + 1], shapes.take(torch.tensor([i])), 3)[1]
        assert torch.allclose(alone[0], together[i], atol=1e-5)


@pytest.mark.parametrize("mixer", MIXERS)
def test_every_mixer_gets_gradients_everywhere(heat_set, mixer):
    model = _model(mixer)
    task = RolloutTask(model, heat_set)
    task.train_loss(model, torch.arange(4), torch.Generator().manual_seed(0)).backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().any()]
    assert not silent


def test_training_beats_the_rule_it_starts_from(frames, tmp_path):
    """Half the modes are pushed by what they did three frames ago, which a rule of two delays cannot know."""
    rng = np.random.default_rng(0)
    series = rng.standard_normal((24, 24, 9))
    for t in range(4, 24):
        series[:, t] = 0.6 * series[:, t - 1] - 0.5 * series[:, t - 4]
    data = _as_set(frames, series)
    options = SMALL.replace(coupling="none", mixer="gru", unroll=1, width=16)
    training = TrainingOptions(epochs=15, batch_size=8, learning_rate=2e-2)
    result = train_rollout(data, None, tmp_path, options, training)
    assert result.history[-1]["train_loss"] < 0.5 * result.history[0]["train_loss"]


def _as_set(frames, series):
    from geomlearn.operators.sequence.rollout.series_set import SeriesSet

    n = len(series)
    return SeriesSet(series, frames[:1], np.zeros(n, np.int64), np.zeros(n), "toy", 0.1)


def test_an_untrained_model_is_its_rule(wave_set, tmp_path):
    training = TrainingOptions(epochs=1, batch_size=8, learning_rate=1e-8)
    result = train_rollout(wave_set, wave_set, tmp_path, SMALL.replace(coupling="none"), training)
    made = continued(result.value, wave_set, 16)
    errors = relative_errors(made, wave_set.coefficients[:, 8:], (8, 16))
    assert errors.mean() < 0.02
    assert np.isclose(result.history[-1]["valid_relative_l2"], errors[:, 0].mean(), rtol=1e-3)


def test_without_a_mixer_it_is_the_rule_and_comes_back_from_its_file(wave_set, tmp_path):
    result = train_rollout(wave_set, wave_set, tmp_path, SMALL.replace(mixer="none"))
    assert result.value.n_parameters == 0
    rule = best_rule(wave_set.coefficients[:, :16], wave_set.frames, wave_set.shape_of, 8, transport=True)
    alone = roll_rule(rule, wave_set.coefficients[:, :8], wave_set.frames, wave_set.shape_of, 16)
    made = continued(result.value, wave_set, 16)
    assert np.abs(made - alone).max() < 1e-4 * np.abs(alone).max()
    errors = relative_errors(made, wave_set.coefficients[:, 8:], (8,))
    assert np.isclose(result.history[-1]["valid_relative_l2"], errors.mean(), rtol=1e-3)
    path = save_sequence_model(tmp_path / "rule.safetensors", result.value)
    assert np.array_equal(continued(load_sequence_model(path)[0], wave_set, 4), made[:, :4])


def test_it_comes_back_from_its_file(wave_set, tmp_path):
    model = _model("s4d")
    model.equation, model.pace = "wave", 0.1
    path = save_sequence_model(tmp_path / "m.safetensors", model, {"note": 2})
    loaded, facts = load_sequence_model(path)
    assert (loaded.equation, loaded.pace, facts) == ("wave", 0.1, {"note": 2})
    assert np.array_equal(continued(loaded, wave_set, 4), continued(model, wave_set, 4))
    (tmp_path / "x.safetensors").write_bytes(b"junk")
    with pytest.raises(FormatError):
        load_sequence_model(tmp_path / "x.safetensors")


def test_what_cannot_be_continued_is_told(heat_set, tmp_path):
    model, (history, shapes) = _model(), _given(heat_set)
    with pytest.raises(SizeMismatch, match="Coefficients"):
        model(history[..., :5], shapes, 2)
    with pytest.raises(ParameterError, match="not finite"):
        model(history * float("nan"), shapes, 2)
    with pytest.raises(ParameterError, match="vanishes"):
        model(history * 0, shapes, 2)
    with pytest.raises(ParameterError, match="no forecast"):
        model(history, shapes, 0)
    with pytest.raises(ParameterError, match="shorter than"):
        train_rollout(heat_set, None, tmp_path, SMALL.replace(history=23))
    with pytest.raises(ParameterError, match="beyond horizon"):
        RolloutOptions(horizon=2, unroll=4)
    with pytest.raises(ParameterError, match="above dt_max"):
        RolloutOptions(dt_min=1.0, dt_max=0.5)


def test_one_given_frame_is_enough_to_go_on(heat_set):
    model, (history, shapes) = _model(), _given(heat_set, 1)
    assert torch.isfinite(model(history, shapes, 3)[1]).all()
