"""Every update rule in the loop: it learns, and resumes bit for bit."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.initialization.criticality import critical_point
from geomlearn.operators.sequence.model import SequenceModel
from geomlearn.operators.sequence.options import SequenceOptions, SSMOptions
from geomlearn.operators.sequence.parameter_groups import trained_groups
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.optimizer import build_optimizer
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.regularizers.orthogonal_conv import orthogonal_dense

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import OPTIONS, LineFit, Noiseless

pytestmark = pytest.mark.usefixtures("one_thread")

RULES = {
    "adamw": "",
    "adam": "",
    "sgd": "",
    "muon": "",
    "auon": "",
    "hybrid-auon": "ns_steps=1",
    "root": "clip_quantile=0.99",
    "dct-adamw": "rank=2, update_gap=3, residual=error-feedback, state_reset=per-column-step",
}
each_rule = pytest.mark.parametrize("rule", RULES)


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def with_rule(rule, **changes):
    return OPTIONS.replace(optimizer=rule, optimizer_options=RULES[rule], **changes)


@each_rule
def test_it_learns(rule, tmp_path):
    result = train(LineFit(), with_rule(rule, epochs=25), tmp_path)
    assert result.history[-1]["valid_relative_l2"] < 0.6 * result.history[0]["valid_relative_l2"]


@each_rule
def test_cancelling_and_resuming_equals_an_unbroken_run_bit_for_bit(rule, tmp_path):
    options = with_rule(rule, regularizer="orth-conv:1e-3", init="critical")
    whole = train(LineFit(), options, tmp_path / "whole")
    steps = []
    stop = Progress(lambda fraction, note: steps.append(note), lambda: len(steps) >= 16)
    first = train(LineFit(), options, tmp_path / "parts", progress=stop)
    assert first.status is Status.CANCELLED
    second = train(LineFit(), options, tmp_path / "parts", resume=True)
    assert torch.equal(weights(whole.value), weights(second.value))
    assert whole.history == second.history


def kinds_of(optimizer):
    return {row.name: row.kind for row in optimizer.routing()}


def test_routing_and_options_reach_the_optimizer():
    model = nn.ModuleDict(
        {"embed": nn.Embedding(8, 8), "a": nn.Linear(8, 8), "b": nn.Linear(8, 8), "c": nn.Linear(8, 8)}
    )
    options = "rank=3, fallback_lr=2e-3, fallback_weight_decay=5e-5"
    optimizer = build_optimizer(model, TrainingOptions(optimizer="dct-adamw", optimizer_options=options))
    assert isinstance(optimizer, DCTAdamW)
    assert [name for name, kind in kinds_of(optimizer).items() if kind == "matrix"] == ["b.weight"]
    found = {name: group for group in optimizer.param_groups for name in group["param_names"]}
    assert {name: group["lr"] for name, group in found.items() if group["lr"] != 2e-3} == {"b.weight": 1e-3}
    assert found["b.weight"]["weight_decay"] == 1e-4 and found["b.bias"]["weight_decay"] == 5e-5
    assert found["b.weight"]["rank"] == 3


def test_matrices_below_the_rank_step_by_adamw_without_being_asked():
    model = nn.ModuleDict({"narrow": nn.Linear(3, 16, bias=False), "wide": nn.Linear(8, 8, bias=False)})
    optimizer = build_optimizer(model, TrainingOptions(optimizer="dct-adamw", optimizer_options="rank=6"))
    assert kinds_of(optimizer) == {"narrow.weight": "adamw", "wide.weight": "matrix"}


@pytest.mark.parametrize("rule", ["muon", "auon", "hybrid-auon", "root", "dct-adamw"])
def test_the_dynamics_of_sequence_models_keep_their_rate_do_not_decay_and_are_no_matrices(rule):
    ssm = SSMOptions(init="s5", n=8)
    model = SequenceModel(3, 2, SequenceOptions(width=16, depth=2, ssm=ssm))
    model.parameter_groups = lambda lr, decay: trained_groups(model, lr, decay)
    more = "rank=4" if rule == "dct-adamw" else ""
    options = TrainingOptions(optimizer=rule, optimizer_options=more, learning_rate=4e-3, weight_decay=0.05)
    optimizer = build_optimizer(model, options, lambda: model(torch.ones(2, 12, 3)))
    found = {name: group for group in optimizer.param_groups for name in group["param_names"]}
    kinds, own = kinds_of(optimizer), model.parameter_groups(4e-3, 0.05)
    for name, parameter in model.named_parameters():
        (theirs,) = [group for group in own if any(parameter is one for one in group["params"])]
        assert found[name]["lr"] == theirs["lr"]
        assert found[name]["weight_decay"] == (0 if parameter.ndim < 2 else theirs["weight_decay"])
    dynamics = [
        name for name in kinds if name.rpartition(".")[2] in ("log_dt", "log_decay", "frequency", "b", "c", "d")
    ]
    assert len(dynamics) == 12 and {kinds[name] for name in dynamics} == {"adamw"}
    assert {found[name]["weight_decay"] for name in dynamics if name.endswith("log_dt")} == {0}
    assert {found[name]["lr"] for name in dynamics if name.endswith("log_dt")} == {1e-3}
    assert kinds["encoder.weight"] == "adamw" and "matrix" in kinds.values()


def test_penalties_pull_weights_and_stay_out_of_the_loss(tmp_path):
    task = Noiseless()
    plain = train(task, OPTIONS.replace(epochs=1), tmp_path / "plain")
    pulled = train(Noiseless(), OPTIONS.replace(epochs=20, regularizer="orth-conv:1"), tmp_path / "pulled")
    free = train(Noiseless(), OPTIONS.replace(epochs=20), tmp_path / "free")
    defects = [float(orthogonal_dense(result.value[0].weight.detach())) for result in (pulled, free)]
    assert defects[0] < 0.5 * defects[1]
    start = train(Noiseless(), OPTIONS.replace(epochs=1, regularizer="orth-conv:1e-12"), tmp_path / "start")
    assert start.history[0]["train_loss"] == pytest.approx(plain.history[0]["train_loss"], rel=1e-5)


def test_critical_weights_are_drawn_for_the_activation(tmp_path):
    task = Noiseless()
    options = OPTIONS.replace(epochs=1, learning_rate=1e-12, ema_decay=0.0, init="critical")
    model = train(task, options, tmp_path / "found").value
    gelu = critical_point("gelu")
    assert float(model[0].weight.detach().var()) == pytest.approx(gelu.c_w / 6, rel=0.4)
    assert float(model[0].bias.detach().abs().max()) > 0.1
    named = train(Noiseless(), options.replace(init_activation="relu"), tmp_path / "named").value
    assert float(named[0].bias.detach().abs().max()) < 1e-6


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"optimizer": "adamw", "optimizer_options": "rank=3"}, "not for adamw"),
        ({"optimizer": "muon", "optimizer_options": "rank=3"}, "no option called rank"),
        ({"optimizer": "muon", "optimizer_options": "momentum"}, "no option of muon"),
        ({"optimizer": "muon", "optimizer_options": "momentum=2"}, "momentum"),
        ({"regularizer": "orthconv:1"}, "no regularizer"),
    ],
)
def test_texts_are_checked_before_anything_starts(wrong, sentence):
    with pytest.raises(ParameterError, match=sentence):
        TrainingOptions(**wrong)


def test_a_regularizer_without_a_layer_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no convolutions"):
        train(LineFit(), OPTIONS.replace(regularizer="orth-conv[decoder.*]:1"), tmp_path)
