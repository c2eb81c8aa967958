"""Groups of every optimizer of the room: their own options, who steps as a matrix, what is refused in which words."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError

sys.path.insert(0, str(Path(__file__).parent))
from recipes import RECIPES, each, flat, make, model_and_loss, run

pytestmark = pytest.mark.usefixtures("one_thread")


@each
def test_vectors_do_not_decay_unless_asked(name):
    for given, factor in (({}, 1.0), ({"fallback_weight_decay": 0.5}, 0.95)):
        vector = nn.Parameter(torch.ones(3))
        optimizer = make(
            name, [nn.Parameter(torch.ones(2, 3)), vector], lr=0.1, fallback_lr=0.1, weight_decay=0.3, **given
        )
        vector.grad = torch.zeros(3)
        optimizer.step()
        torch.testing.assert_close(vector.detach(), factor * torch.ones(3))


@each
def test_groups_of_unknown_keys_are_refused_and_foreign_ones_understood(name):
    weight = nn.Parameter(torch.ones(2, 3))
    with pytest.raises(ParameterError, match="weight_dacay") as caught:
        make(name, [{"params": [weight], "weight_dacay": 0.1}])
    assert "weight_decay" in caught.value.hint
    group = {"params": [weight], "use_muon": False, "lr": 0.3, "betas": (0.8, 0.9), "eps": 1e-10, "weight_decay": 0.01}
    optimizer = make(name, [group])
    other = nn.Parameter(torch.ones(2, 3))
    reference = torch.optim.AdamW([other], lr=0.3, betas=(0.8, 0.9), eps=1e-10, weight_decay=0.01)
    for _ in range(3):
        for param, one in ((weight, optimizer), (other, reference)):
            param.grad = param.detach() ** 2
            one.step()
    torch.testing.assert_close(weight, other)


@each
def test_the_routing_can_be_told(name):
    params = [("a", nn.Parameter(torch.ones(4, 6))), ("b", nn.Parameter(torch.ones(4)))]
    optimizer = make(name, [{"params": params}, {"params": [("c", nn.Parameter(torch.ones(5, 5)))], "kind": "adamw"}])
    assert [(row.name, row.shape, row.kind) for row in optimizer.routing()] == [
        ("a", (4, 6), "matrix"),
        ("b", (4,), "adamw"),
        ("c", (5, 5), "adamw"),
    ]


@each
def test_groups_override_every_option_and_may_come_later(name):
    first, second, third = (nn.Parameter(torch.full((3, 4), 2.0)) for _ in range(3))
    optimizer = make(name, [{"params": [first], "lr": 0.0}, {"params": [second], "weight_decay": 0.25}])
    for param in (first, second, third):
        param.grad = torch.zeros_like(param)
    lr = optimizer.param_groups[1]["lr"]
    optimizer.step()
    optimizer.add_param_group({"params": [third], "weight_decay": 0.5})
    optimizer.step()
    assert torch.equal(first, torch.full((3, 4), 2.0))
    torch.testing.assert_close(second.detach(), torch.full((3, 4), 2 * (1 - 0.25 * lr) ** 2))
    torch.testing.assert_close(third.detach(), torch.full((3, 4), 2 * (1 - 0.5 * lr)))


@each
@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": -1.0},
        {"weight_decay": -0.1},
        {"fallback_betas": (0.9, 1.0)},
        {"lr": torch.tensor([0.1, 0.2])},
        {"frobnicate": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_hyperparameters_are_value_errors_that_name_themselves(name, wrong):
    kind, _ = RECIPES[name]
    for error in (ValueError, ParameterError):
        with pytest.raises(error, match=next(iter(wrong))):
            kind([nn.Parameter(torch.ones(2, 2))], **wrong)
    if "frobnicate" not in wrong:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            kind([{"params": [nn.Parameter(torch.ones(2, 2))], **wrong}])


@each
def test_empty_lists_and_bare_tensors_are_refused(name):
    with pytest.raises(ValueError):
        make(name, [])
    with pytest.raises(TypeError):
        make(name, torch.ones(2, 2))
    with pytest.raises(TypeError):
        make(name, [1.0])
    with pytest.raises(TypeError):
        make(name, [{"params": {nn.Parameter(torch.ones(2, 2))}}])


@each
def test_vectors_can_be_refused_and_kinds_be_given(name):
    vector, matrix = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3, 3))
    with pytest.raises(ValueError, match="steps matrices"):
        make(name, [vector], fallback="error")
    with pytest.raises(ValueError, match="steps matrices"):
        make(name, [{"params": [vector], "kind": "matrix"}])
    with pytest.raises(ValueError, match="means nothing"):
        make(name, [{"params": [matrix], "kind": "tensor"}])
    named = make(name, [{"params": [("head.weight", matrix)], "use_muon": False, "lr": 0.3}])
    assert [group["kind"] for group in named.param_groups] == ["adamw"]
    assert named.param_groups[0]["lr"] == 0.3
    assert named.param_groups[0]["param_names"] == ["head.weight"]


@each
def test_what_falls_back_steps_exactly_like_torchs_adamw(name):
    models = []
    for build in (
        lambda params: make(
            name, [{"params": params, "kind": "adamw", "lr": 0.01, "weight_decay": 0.1}], foreach=False
        ),
        lambda params: torch.optim.AdamW(params, lr=0.01, weight_decay=0.1, foreach=False),
    ):
        model, loss = model_and_loss()
        run(build(list(model.parameters())), loss, 6)
        models.append(flat(model))
    assert torch.equal(*models)
