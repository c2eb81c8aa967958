"""The way of signals, traced or called, gives the same path."""

import pytest
import torch
from torch import nn

from geomlearn.core.signal_paths import IDENTITY, followed

NETS = {
    "plain": lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)),
    "norm": lambda: nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.SiLU(), nn.Linear(4, 4), nn.Linear(4, 4)),
    "conv": lambda: nn.Sequential(nn.Conv1d(1, 2, 1), nn.BatchNorm1d(2), nn.Tanh(), nn.Flatten(), nn.Linear(8, 1)),
}


@pytest.mark.parametrize("key", NETS)
def test_both_ways_agree(key):
    model = NETS[key]()
    given = torch.zeros(3, 1, 4) if key == "conv" else torch.zeros(3, 4)
    traced, called = followed(model), followed(model, lambda: model(given))
    assert traced.order == called.order and traced.order
    assert {name: met.text for name, met in traced.after.items()} == {
        name: met.text for name, met in called.after.items()
    }


def test_what_a_path_holds():
    model = NETS["norm"]()
    path = followed(model)
    assert path.order == ["0", "3", "4"]
    assert path.after["0"].text == "SiLU()" and path.after["0"].read
    assert path.after["3"] is IDENTITY and "4" not in path.after


def test_a_call_leaves_random_numbers_and_statistics_alone():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.GELU(), nn.Linear(4, 4))
    torch.manual_seed(0)
    state, mean = torch.get_rng_state(), model[1].running_mean.clone()
    followed(model, lambda: model(torch.rand(5, 4)))
    assert torch.equal(torch.get_rng_state(), state) and torch.equal(model[1].running_mean, mean)
