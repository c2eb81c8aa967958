"""Operators by the short API."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import geomlearn as gl


@pytest.fixture(scope="module")
def pairs():
    """Functions and their doubles on a small grid."""
    values = np.random.default_rng(0).normal(size=(24, 8, 8, 1)).astype(np.float32)
    return values, 2 * values


def test_a_pair_of_arrays_is_learned_by_a_plain_module(pairs, tmp_path):
    model = gl.train("fno", pairs, epochs=12, batch_size=4, learning_rate=1e-2, width=8, modes=4, n_test=4, seed=1)
    assert isinstance(model, torch.nn.Module)
    assert not model.training
    assert len(model.history) == 12
    assert model.status == "limit reached"
    answer = model(torch.from_numpy(pairs[0][-4:])).detach().numpy()
    # Better than the answer 0, whose error is 1.
    assert np.linalg.norm(answer - pairs[1][-4:]) < 0.9 * np.linalg.norm(pairs[1][-4:])
    again = gl.load_model(gl.save_model(model, tmp_path / "double.safetensors"))
    assert np.allclose(again(torch.from_numpy(pairs[0][:2])).detach(), model(torch.from_numpy(pairs[0][:2])).detach())


def test_keywords_go_to_the_training_or_to_the_model_and_others_are_refused(pairs):
    with pytest.raises(gl.GeomError, match="FNOOptions has no option called wdth"):
        gl.train("fno", pairs, epochs=1, wdth=3)
    with pytest.raises(gl.GeomError, match="no model called fmo"):
        gl.train("fmo", pairs)


def test_a_task_is_made_and_a_shipped_model_loaded():
    made = gl.samples("darcy", 2, resolution=17)
    assert made.inputs.shape == (2, 17, 17, 1)
    model = gl.load_model("shipped:darcy")
    assert model(torch.zeros(1, 29, 29, 1)).shape == (1, 29, 29, 1)
