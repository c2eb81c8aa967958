"""Inputs unlike those of the training are told apart, on grids and on shapes; files keep the range."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.samples import Samples, ShapeSamples
from geomlearn.operators.models.training_range import TrainingRange
from geomlearn.shapes.load import load_shape


def smooth(n, offset=0.0, size=1.0, seed=0):
    """(n, 24, 24, 1) waves of one or two periods."""
    rng = np.random.default_rng(seed)
    x = np.arange(24) / 24
    draws = [
        np.sin(2 * np.pi * (rng.integers(1, 3) * x[:, None] + rng.integers(0, 3) * x[None] + rng.uniform()))
        for _ in range(n)
    ]
    return (offset + size * np.stack(draws)[..., None]).astype(np.float32)


def on_grid(inputs):
    return Samples(inputs, np.zeros_like(inputs))


SEEN = TrainingRange.of(on_grid(smooth(60)))


def test_what_is_like_the_training_is_told_nothing_of():
    assert SEEN.outside(on_grid(smooth(60, seed=1))) == []


@pytest.mark.parametrize(
    ("inputs", "word"),
    [
        (smooth(1, 300, 10), "mean"),
        (smooth(1, size=0.01), "spread"),
        (np.random.default_rng(0).standard_normal((1, 24, 24, 1)), "fine detail"),
        (np.eye(24)[None, ..., None] * 1.0, "deviation"),
    ],
)
def test_what_is_unlike_it_is_said(inputs, word):
    assert any(word in sentence for sentence in SEEN.outside(on_grid(inputs)))


def test_small_fields_are_outside_though_sizes_varied():
    sizes = np.concatenate([smooth(20, size=size) for size in (0.1, 1.0)])
    seen = TrainingRange.of(on_grid(sizes))
    assert seen.outside(on_grid(smooth(5, size=0.5, seed=3))) == []
    assert any("spread" in sentence for sentence in seen.outside(on_grid(smooth(1, size=0.01))))


def test_one_sentence_for_many_samples():
    sentences = SEEN.outside(on_grid(np.concatenate([smooth(5), smooth(3, 300)])))
    assert next(s for s in sentences if "the mean" in s).startswith("3 of 8 inputs")


def test_a_medium_of_two_materials_knows_them():
    coin = np.random.default_rng(0).random((20, 8, 8, 1)) < 0.5
    seen = TrainingRange.of(on_grid(np.where(coin, 12.0, 3.0)))
    assert seen.levels == ((3.0, 12.0),)
    assert seen.outside(on_grid(np.where(~coin, 12.0, 3.0))) == []
    for others in (np.where(coin, 12.0, 4.0), coin.astype(float)):
        assert "the training knew only 3, 12" in seen.outside(on_grid(others))[0]


def test_one_hot_vertex_is_unlike_smooth_fields_of_a_shape():
    shape = load_shape("builtin:sphere@500")
    directions = np.random.default_rng(0).standard_normal((20, 3))

    def samples(fields):
        given = tuple(field[:, None] for field in fields)
        return ShapeSamples((shape,), np.zeros(len(given), int), given, tuple(0 * one for one in given))

    seen = TrainingRange.of(samples([shape.vertices @ d for d in directions]))
    assert seen.outside(samples([shape.vertices @ directions[:3].mean(0)])) == []
    hot = (np.arange(shape.n_vertices) == 7) * 1.0
    assert {"largest", "share"} <= {word for s in seen.outside(samples([hot])) for word in s.split()}


def test_what_the_model_follows_by_construction_is_left_out():
    samples = on_grid(smooth(1, 300, 10))
    assert SEEN.outside(samples)
    assert SEEN.outside(samples, "amplitude-offset") == []
    assert SEEN.outside(on_grid(np.random.default_rng(0).standard_normal((1, 24, 24, 1))), "amplitude-offset")


def test_it_travels_as_plain_values_and_damage_is_said():
    values = SEEN.to_json()
    assert TrainingRange.from_json(values) == SEEN
    for damage in ({"between": [{}]}, {"centre": "x"}, {"centre": float("nan")}, {"levels": []}):
        with pytest.raises(FormatError, match="training range of the model is damaged"):
            TrainingRange.from_json(values | damage)
