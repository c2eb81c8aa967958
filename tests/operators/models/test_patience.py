"""Stopping early looks at held-back training samples alone: other test samples change nothing, for any kind of data."""

import numpy as np
import pytest
import torch

from geomlearn.operators.data.samples import Dataset, Samples, ShapeSamples
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.shapes.builtin import icosphere

pytestmark = pytest.mark.usefixtures("one_thread")
TRAINING = TrainingOptions(epochs=4, batch_size=4, patience=2, learning_rate=0.05, device="cpu")


@pytest.fixture
def one_thread(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


def grid(rng, n, size):
    x = rng.standard_normal((n, *size, 1)).astype(np.float32)
    return Samples(x, (0.5 * x + rng.standard_normal(x.shape)).astype(np.float32))


def points(rng, n, _):
    places = rng.random((n, 30, 2))
    return Samples(places, rng.standard_normal((n, 30, 1)), places)


def shapes(rng, n, _):
    balls = [icosphere(2) for _ in range(n)]
    balls = tuple(type(ball)(ball.vertices * (1 + 0.1 * rng.random()), ball.faces) for ball in balls)
    fields = [rng.standard_normal((ball.n_vertices, 1)).astype(np.float32) for ball in balls]
    return ShapeSamples(balls, np.arange(n), fields, [2 * field for field in fields])


KINDS = {
    "fno, a line": ("fno", grid, (32,), {"width": 4, "modes": 3, "layers": 1, "head_width": 8}),
    "unet, a square": ("unet", grid, (16, 16), {"width": 8}),
    "points": ("transolver-points", points, (), {"width": 8, "layers": 1, "slices": 4}),
    "shapes": ("transolver-shapes", shapes, (), {"width": 8, "layers": 1, "slices": 4}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_other_test_samples_change_no_weight_and_no_stop(tmp_path, kind):
    key, make, size, options = KINDS[kind]
    runs = []
    for i in range(2):
        data = Dataset(make(np.random.default_rng(0), 20, size), make(np.random.default_rng(5 + i), 3 + i, size))
        options_of = model_named(key).resolve_options()(**options)
        runs.append(train_operator(key, data, tmp_path / str(i), options_of, TRAINING))
    assert runs[0].history == runs[1].history
    for one, two in zip(runs[0].value.parameters(), runs[1].value.parameters(), strict=True):
        assert torch.equal(one, two)
    assert "valid_relative_l2" in runs[0].history[0]
