"""Routing: what steps as a matrix, told by name and shape."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.parameter_groups import matrix_param_groups, routes, routing_table


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.conv = nn.Conv1d(4, 6, 3)
        self.norm = nn.LayerNorm(6)
        self.hidden = nn.Linear(6, 6)
        self.head = nn.Linear(6, 2)
        self.gain = nn.Parameter(torch.tensor(1.0))


def test_rules_by_name_and_dimension():
    kinds = {row.name: row.kind for row in routes(Net())}
    assert [name for name, kind in kinds.items() if kind == "matrix"] == ["conv.weight", "hidden.weight"]
    assert set(kinds) == {name for name, _ in Net().named_parameters()}
    assert {row.name for row in routes(Net(), exclude=()) if row.kind == "matrix"} == {
        "embed.weight",
        "conv.weight",
        "hidden.weight",
        "head.weight",
    }


def test_groups_feed_an_optimizer_and_cover_every_parameter_once():
    net = Net()
    optimizer = Muon(matrix_param_groups(net, 0.02, 3e-3))
    assert [(group["kind"], group["lr"]) for group in optimizer.param_groups] == [("matrix", 0.02), ("adamw", 3e-3)]
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(net.parameters()))
    assert optimizer.param_groups[0]["param_names"] == ["conv.weight", "hidden.weight"]


def test_the_table_has_a_row_per_parameter():
    rows = routes(Net())
    lines = routing_table(rows).splitlines()
    assert len(lines) == 1 + len(rows)
    assert any("hidden.weight" in line and "6×6" in line and "matrix" in line for line in lines)


def test_a_frozen_model_is_refused():
    with pytest.raises(ParameterError, match="no trainable"):
        matrix_param_groups(Net().requires_grad_(False), 0.02)
