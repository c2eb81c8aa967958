"""Parameters in shards (FSDP2) and state in shards (ZeRO) step as whole ones do; one process stands for many."""

import pytest
import torch
from torch import distributed, nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.optim import ZeroRedundancyOptimizer

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.auon import AuON
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.root import ROOT

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(not distributed.is_gloo_available(), reason="torch was built without gloo"),
]


@pytest.fixture
def alone(tmp_path):
    distributed.init_process_group("gloo", init_method=(tmp_path / "meet").as_uri(), rank=0, world_size=1)
    yield distributed.device_mesh.init_device_mesh("cpu", (1,))
    distributed.destroy_process_group()


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 4))


def stepped(model, optimizer):
    inputs = torch.linspace(-1, 1, 48).reshape(8, 6)
    for _ in range(3):
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()
    return [
        parameter.full_tensor() if hasattr(parameter, "full_tensor") else parameter for parameter in model.parameters()
    ]


@pytest.mark.parametrize("kind", [Muon, AuON, ROOT])
def test_shards_step_like_the_whole(kind, alone):
    whole, sharded = net(), net()
    fully_shard(sharded, mesh=alone)
    expected = stepped(whole, kind(whole.parameters(), lr=0.1))
    for one, other in zip(stepped(sharded, kind(sharded.parameters(), lr=0.1)), expected, strict=True):
        torch.testing.assert_close(one, other)


def test_low_rank_steps_of_shards_are_refused_in_a_sentence(alone):
    sharded = net()
    fully_shard(sharded, mesh=alone)
    with pytest.raises(ParameterError, match="keeps in shards"):
        DCTAdamW(sharded.parameters(), lr=0.1)


@pytest.mark.parametrize("kind", [Muon, AuON, ROOT, DCTAdamW])
def test_state_in_shards_changes_nothing(kind, alone):
    whole, spread = net(), net()
    expected = stepped(whole, kind(whole.parameters(), lr=0.1))
    found = stepped(spread, ZeroRedundancyOptimizer(spread.parameters(), optimizer_class=kind, lr=0.1))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
