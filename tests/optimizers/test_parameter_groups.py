"""Routing: what steps as a matrix, told by the kind of module, its place in the model, and shared weights."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.momentum import pieces
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.parameter_groups import matrix_param_groups, routes, routing_table


class Net(nn.Module):
    """A small language model with names that say nothing."""

    def __init__(self):
        super().__init__()
        self.wte, self.pos = nn.Embedding(50, 16), nn.Parameter(torch.zeros(1, 9, 16))
        self.multihead_attn = nn.MultiheadAttention(16, 2, batch_first=True)
        self.qkv = nn.Linear(16, 48, bias=False)
        self.headroom, self.norm = nn.Linear(16, 32), nn.LayerNorm((9, 16))
        self.conv = nn.Conv1d(9, 9, 3, padding=1)
        self.experts = nn.Parameter(torch.randn(4, 16, 32) / 6)
        self.pairs = nn.Parameter(torch.randn(16, 16, 2))
        self.project = nn.Linear(16, 50, bias=False)
        self.project.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.pos[:, : tokens.shape[1]]
        x = x + self.multihead_attn(x, x, x)[0] + sum(self.qkv(x).chunk(3, -1))
        x = self.norm(self.conv(x))
        x = x + torch.einsum("blo,eio->bli", torch.relu(self.headroom(x)), self.experts)
        return self.project(x) + self.pairs.sum()


MATRICES = ["experts", "multihead_attn.in_proj_weight", "multihead_attn.out_proj.weight", "qkv.weight"]


def kinds(model, **given):
    return {row.name: row for row in routes(model, **given)}


def test_rules_by_kind_and_shared_weights():
    net = Net()
    rows = kinds(net, probe=lambda: net(torch.zeros(2, 9, dtype=torch.long)))
    assert set(rows) == {name for name, _ in net.named_parameters()}
    # The input embedding is no layer that is followed: what reads it comes first.
    assert {name for name in MATRICES if rows[name].kind == "matrix"} >= {
        "experts",
        "multihead_attn.in_proj_weight",
        "multihead_attn.out_proj.weight",
    }
    assert rows["wte.weight"].rule == "shared with an embedding"
    for name in ("pos", "pairs", "norm.weight", "norm.bias", "headroom.bias"):
        assert rows[name].kind == "adamw"
    assert rows["experts"].stacked and rows["multihead_attn.in_proj_weight"].parts == 3


class Plain(nn.Module):
    """First and last layers whose names and registration do not tell."""

    def __init__(self):
        super().__init__()
        self.out, self.encoder = nn.Linear(16, 2), nn.Linear(3, 16)
        self.hidden, self.rnn = nn.Linear(16, 16), nn.LSTM(16, 16)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(self.rnn(torch.relu(self.encoder(x)))[0])))


def test_first_and_last_layers_are_found_on_the_way_of_signals():
    rows = kinds(Plain())
    assert rows["encoder.weight"].rule == "reads the model's inputs"
    assert rows["out.weight"].rule == "gives the model's outputs"
    assert rows["hidden.weight"].kind == "matrix" and rows["rnn.weight_hh_l0"].parts == 4


def test_models_that_cannot_be_traced_go_by_registration_and_small_ones_keep_their_layers():
    layers = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 4), "c": nn.Linear(4, 4)})
    assert {name: row.rule for name, row in kinds(layers).items() if "weight" in name} == {
        "a.weight": "the first layer, as registered",
        "b.weight": "a layer",
        "c.weight": "the last layer, as registered",
    }
    small = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
    assert [row.kind for row in routes(small)] == ["matrix", "adamw", "matrix", "adamw"]


def test_overrides_decide():
    rows = kinds(Net(), overrides={"exp*": "adamw", "headroom.*": "matrix", "qkv.weight": 6})
    assert rows["experts"].kind == "adamw" and rows["qkv.weight"].parts == 6
    assert rows["headroom.weight"].kind == "matrix" and rows["headroom.bias"].kind == "adamw"


def test_fused_projections_and_stacks_step_like_their_matrices_apart():
    generator = torch.Generator().manual_seed(0)
    fused, experts = torch.randn(24, 8, generator=generator), torch.randn(3, 8, 8, generator=generator)
    gradients = [torch.randn(24, 8, generator=generator), torch.randn(3, 8, 8, generator=generator)]
    whole = [nn.Parameter(fused.clone()), nn.Parameter(experts.clone())]
    optimizer = Muon([{"params": whole[:1], "parts": 3}, {"params": whole[1:], "stacked": True}], lr=0.1)
    apart = [nn.Parameter(part.clone()) for part in (*fused.chunk(3), *experts)]
    single = Muon(apart, lr=0.1)
    for _ in range(2):
        for param, gradient in zip(whole, gradients, strict=True):
            param.grad = gradient.clone()
        for param, gradient in zip(apart, (*gradients[0].chunk(3), *gradients[1]), strict=True):
            param.grad = gradient.clone()
        optimizer.step()
        single.step()
    torch.testing.assert_close(whole[0].detach(), torch.cat(apart[:3]).detach())
    torch.testing.assert_close(whole[1].detach(), torch.stack(apart[3:]).detach())
    # Ablation: taken whole, each block moves otherwise.
    taken = nn.Parameter(fused.clone())
    one = Muon([taken], lr=0.1)
    taken.grad = gradients[0].clone()
    one.step()
    moved = (taken - fused).detach()
    assert float(torch.linalg.svdvals(moved[:8]).max() / torch.linalg.svdvals(moved[:8]).min()) > 2
    with pytest.raises(ParameterError, match="does not divide"):
        Muon([{"params": [nn.Parameter(torch.ones(8, 3))], "parts": 3}])


def test_pieces_of_a_kernel_and_a_stack():
    kernel = torch.arange(24.0).reshape(4, 2, 3)
    assert pieces(kernel, {"stacked": False, "parts": 1}).shape == (4, 6)
    assert pieces(kernel, {"stacked": True, "parts": 1}).shape == (4, 2, 3)
    assert pieces(kernel, {"stacked": True, "parts": 2}).shape == (4, 2, 1, 3)
    assert torch.equal(pieces(kernel, {"stacked": False, "parts": 2}).reshape(4, 2, 3), kernel)


def test_groups_feed_optimizers_and_cover_every_parameter_once():
    net = Net()
    for kind in (Muon, DCTAdamW):
        split = kind is Muon
        optimizer = kind(matrix_param_groups(net, 0.02, 3e-3, split=split))
        rates = {(group["kind"], group["lr"]) for group in optimizer.param_groups}
        assert rates == {("matrix", 0.02), ("adamw", 3e-3)}
        names = [name for group in optimizer.param_groups for name in group["param_names"]]
        assert sorted(names) == sorted(name for name, _ in net.named_parameters())
        routed = {row.name: row.kind for row in optimizer.routing()}
        assert routed["experts"] == ("matrix" if split else "adamw")


def test_the_models_own_rates_and_decay_are_kept():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    slow = {"params": [net[2].weight, net[4].weight, net[4].bias], "lr": 0.005, "weight_decay": 0.0, "name": "slow"}
    full = {"params": [net[0].weight, net[0].bias, net[2].bias], "lr": 0.02, "weight_decay": 0.1, "name": "full"}
    groups = matrix_param_groups(net, 0.02, 0.01, own_groups=[slow, full])
    found = {name: group for group in groups for name, _ in group["params"]}
    assert found["2.weight"]["lr"] == 0.005 and found["2.weight"]["kind"] == "matrix"
    assert found["4.weight"]["lr"] == 0.0025 and found["4.weight"]["weight_decay"] == 0
    assert found["0.weight"]["lr"] == 0.01 and found["0.weight"]["weight_decay"] == 0.1
    assert found["0.bias"]["weight_decay"] == 0


def test_the_table_has_a_row_per_parameter():
    rows = routes(Net())
    lines = routing_table(rows).splitlines()
    assert len(lines) == 1 + len(rows)
    assert any("experts" in line and "4×16×32" in line and "matrices" in line for line in lines)
    assert any("in_proj_weight" in line and "3 parts" in line for line in lines)


def test_a_frozen_model_is_refused():
    with pytest.raises(ParameterError, match="no trainable"):
        matrix_param_groups(Net().requires_grad_(False), 0.02)
