"""Classifiers: they learn what can be told from the sequence alone, keep padding out, and come back from files."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.sequence.classification.classifier import SequenceClassifier, classify, train_classifier
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences
from geomlearn.operators.sequence.model_files import holds_sequence_model, load_sequence_model, save_sequence_model
from geomlearn.operators.sequence.options import SequenceOptions, SSMOptions
from geomlearn.operators.training.options import TrainingOptions

OPTIONS = SequenceOptions(
    ssm=SSMOptions(init="s5", n=8, blocks=1, dt_min=0.02, dt_max=0.5), width=8, depth=1, pooling="mean"
)


def _tones(n: int, seed: int) -> LabelledSequences:
    """Slow against fast tones of any phase and length, far from mean 0: only their course tells them apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    values = []
    for label in labels:
        times = np.arange(rng.integers(30, 50))
        values.append((5 + 3 * np.cos((0.2 + 1.0 * label) * times + rng.uniform(0, 6)))[:, None])
    return LabelledSequences(tuple(values), labels, ("slow", "fast"), task="tones")


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    data = LabelledDataset(_tones(64, 0), _tones(32, 1))
    training = TrainingOptions(epochs=15, batch_size=16, learning_rate=2e-2)
    return data, train_classifier(data, tmp_path_factory.mktemp("run"), OPTIONS, training)


def test_it_learns_to_tell_slow_from_fast_tones(learned):
    _, result = learned
    assert result.history[-1]["valid_error"] <= 0.1
    assert result.history[-1]["train_loss"] < 0.5 * result.history[0]["train_loss"]


def test_the_scale_travels_with_the_model(learned):
    data, result = learned
    assert abs(float(result.value.mean) - np.concatenate(data.train.values).mean()) < 1e-4


def test_padding_changes_no_answer(learned):
    data, result = learned
    alone = np.concatenate([classify(result.value, data.test.take(np.array([i]))) for i in range(data.test.n)])
    assert np.array_equal(alone, classify(result.value, data.test, batch_size=32))


def test_it_comes_back_from_its_file(learned, tmp_path):
    data, result = learned
    path = save_sequence_model(tmp_path / "m.safetensors", result.value, {"note": 1})
    loaded, facts = load_sequence_model(path)
    assert holds_sequence_model(path)
    assert facts == {"note": 1}
    assert loaded.classes == ("slow", "fast")
    assert np.array_equal(classify(loaded, data.test), classify(result.value, data.test))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FormatError):
        load_sequence_model(path)
    assert not holds_sequence_model(path)


def test_dynamics_learn_slower_and_do_not_decay():
    model = SequenceClassifier(1, ("a", "b"), OPTIONS)
    groups = model.parameter_groups(4e-3, 0.1)
    rates = {id(p): (g["lr"], g["weight_decay"]) for g in groups for p in g["params"]}
    layer = model.model.blocks[0].ssm
    assert rates[id(layer.frequency)] == (1e-3, 0.0)
    assert rates[id(model.model.decoder.weight)] == (4e-3, 0.1)


def test_what_cannot_be_learned_is_told(tmp_path):
    with pytest.raises(ParameterError, match="nothing to tell apart"):
        SequenceClassifier(1, ("a",), OPTIONS)
    with pytest.raises(ParameterError, match="whole sequence"):
        SequenceClassifier(1, ("a", "b"), OPTIONS.replace(pooling="none"))
    one = LabelledSequences((np.ones((3, 1)),), np.zeros(1), ("a", "b"))
    two = LabelledSequences((np.ones((3, 2)),), np.zeros(1), ("a", "b"))
    with pytest.raises(SizeMismatch, match="differ"):
        train_classifier(LabelledDataset(one, two), tmp_path, OPTIONS)
    with pytest.raises(SizeMismatch, match="1 channels, the data has 2"):
        classify(SequenceClassifier(1, ("a", "b"), OPTIONS), two)


def test_words_are_classified_too():
    words = LabelledSequences((np.array([1, 2]), np.array([3])), np.array([0, 1]), ("a", "b"), n_words=5)
    model = SequenceClassifier(5, words.classes, OPTIONS, tokens=True)
    assert classify(model, words).shape == (2,)
    assert not any(torch.isnan(p).any() for p in model.parameters())
