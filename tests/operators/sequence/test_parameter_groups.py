"""Parameter groups: every parameter once, each at the rate and decay of its kind."""

import pytest
import torch

from geomlearn.operators.sequence.model import SequenceModel
from geomlearn.operators.sequence.options import ParameterGroupOptions, SequenceOptions, SSMOptions
from geomlearn.operators.sequence.parameter_groups import parameter_groups

SSM, FULL, DECAY = 1e-3, 4e-3, 0.05


def sorted_model(init="s4", **options):
    model = SequenceModel(2, 1, SequenceOptions(ssm=SSMOptions(init=init, n=4), width=4, depth=2, norm="batch"))
    groups = parameter_groups(model, ParameterGroupOptions(ssm_lr=SSM, lr=FULL, weight_decay=DECAY, **options))
    found = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    return {name: found[id(parameter)] for name, parameter in model.named_parameters()}, groups, model


def test_every_parameter_is_in_exactly_one_group():
    _, groups, model = sorted_model()
    listed = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(listed) == sorted(id(parameter) for parameter in model.parameters())
    torch.optim.AdamW(groups)


@pytest.mark.parametrize(
    ("ssm_decay", "b", "c"),
    [
        ("standard", (SSM, 0.0), (FULL, DECAY)),
        ("b-and-c", (SSM, DECAY), (FULL, DECAY)),
        ("fast-b-and-c", (FULL, DECAY), (FULL, DECAY)),
        ("none", (SSM, 0.0), (FULL, 0.0)),
    ],
)
def test_b_and_c_follow_the_choice_and_the_dynamics_never_decay(ssm_decay, b, c):
    kinds, _, _ = sorted_model(ssm_decay=ssm_decay)
    assert kinds["blocks.0.ssm.b"] == b
    assert kinds["blocks.0.ssm.c"] == c
    for name in ("log_decay", "frequency", "log_dt", "p"):
        assert kinds[f"blocks.1.ssm.{name}"] == (SSM, 0.0)
    assert kinds["blocks.0.norm.norm.weight"] == (SSM, 0.0)
    assert kinds["blocks.0.ssm.d"] == kinds["encoder.weight"] == kinds["blocks.1.gate.linear.bias"] == (FULL, DECAY)


def test_the_time_steps_can_learn_at_the_full_rate_without_decay():
    kinds, _, _ = sorted_model("s5", fast_dt=True)
    assert kinds["blocks.0.ssm.log_dt"] == (FULL, 0.0)
