"""A run says which parameters step as matrices, and why; and which convolutions no penalty reached."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geomlearn.operators.training.loop import train
from geomlearn.operators.training.routing import ROUTING, in_words, routing_of
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.parameter_groups import matrix_param_groups

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import OPTIONS, LineFit

pytestmark = pytest.mark.usefixtures("one_thread")


class Deep(LineFit):
    """The same fit by a deeper network, with a convolution that cannot be orthogonal and one that can."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        inputs, outputs = self.model[0].in_features, self.model[-1].out_features
        self.model = nn.Sequential(
            nn.Linear(inputs, 16),
            nn.GELU(),
            nn.Linear(16, 16),
            nn.Unflatten(1, (4, 4)),
            nn.Conv1d(4, 4, 3, padding=1),
            nn.Conv1d(4, 5, 1, stride=2),
            nn.Flatten(),
            nn.Linear(10, outputs),
        )


def test_a_run_keeps_and_tells_the_routing(tmp_path):
    result = train(Deep(), OPTIONS.replace(epochs=1, optimizer="muon", regularizer="orth-conv:0.1"), tmp_path)
    found = {row.name: row.kind for row in result.stats["routing"]}
    assert {name for name, kind in found.items() if kind == "matrix"} == {"2.weight", "4.weight", "5.weight"}
    assert set(found) == {name for name, _ in result.value.named_parameters()}
    table = (tmp_path / ROUTING).read_text().splitlines()
    assert len(table) == len(found) + 1 and "reads the model's inputs" in next(
        row for row in table if "0.weight" in row
    )
    assert in_words(result.stats["routing"], "muon") == "muon: 2.weight, 4.weight, 5.weight; AdamW: the other 7"
    assert result.stats["unpenalized"] == ["5 cannot be orthogonal: its penalty stays at 1 or more."]


def test_other_optimizers_route_nothing(tmp_path):
    result = train(LineFit(), OPTIONS.replace(epochs=1), tmp_path)
    assert result.stats["routing"] == [] and not (tmp_path / ROUTING).exists()


def test_the_optimizer_has_the_last_word():
    model = nn.Sequential(nn.Linear(32, 16), nn.GELU(), nn.Linear(16, 4), nn.GELU(), nn.Linear(4, 32))
    optimizer = DCTAdamW(matrix_param_groups(model, 1e-3, overrides={"0.*": "matrix"}, split=False), rank=8)
    kinds = {row.name: (row.kind, row.rule) for row in routing_of(model, optimizer, None)}
    assert kinds["2.weight"] == ("adamw", "this method leaves it alone")
