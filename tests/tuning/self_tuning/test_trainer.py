"""Hyperparameters that tune themselves: theorem, ridge regression, resuming."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.tuning.options import SelfTuningOptions
from geomlearn.tuning.self_tuning.hyper_layers import Hyper, self_tuning, weight_size
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters, Knob
from geomlearn.tuning.self_tuning.trainer import SelfTuning


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_the_best_affine_answer_has_the_slope_of_the_true_one(sigma):
    """Property 3: f = ½wᵀAw + wᵀ(Bλ + d): ∂ŵ/∂λ = −A⁻¹B to 1e-6, for any σ, at the minimum of E f over affine ŵ."""
    random = np.random.default_rng(0)
    root = random.standard_normal((4, 4))
    a, b = torch.as_tensor(root @ root.T + np.eye(4)), torch.as_tensor(random.standard_normal((4, 2)))
    d, centre = torch.as_tensor(random.standard_normal(4)), torch.tensor([0.3, -0.7], dtype=torch.float64)
    held = HyperParameters([Knob("a", -9, 9), Knob("b", -9, 9)], {"a": 0.0, "b": 0.0}).double()
    layer = Hyper(nn.Linear(1, 4), held).double()
    layer.hyper_bias.data.fill_(1.0)
    learned = [layer.elementary.bias, layer.shift.weight]
    # Points of the same mean and covariance as the Gaussian: for a quadratic the expectation is exact.
    points = centre + sigma * 2**0.5 * torch.cat([torch.eye(2), -torch.eye(2)]).double()
    rule = torch.optim.LBFGS(
        learned, lr=1, max_iter=400, tolerance_grad=1e-13, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def expected() -> torch.Tensor:
        rule.zero_grad()
        with held.at(points):
            w = layer(torch.zeros(4, 1).double())
        loss = (0.5 * ((w @ a) * w).sum(1) + (w * (points @ b.T + d)).sum(1)).mean()
        loss.backward()
        return loss

    rule.step(expected)
    true = -torch.linalg.solve(a, b)
    assert float((layer.shift.weight.detach() - true).abs().max()) < 1e-6


def ridge(kind: str, seed: int = 0, n_steps: int = 700) -> tuple[SelfTuning, np.ndarray, dict[str, np.ndarray]]:
    """Self-tuned weight decay of a linear model, its schedule run out."""
    random = np.random.default_rng(seed)
    truth = random.standard_normal(15)
    data = {}
    for part, count in (("train", 30), ("valid", 60)):
        x = random.standard_normal((count, 15))
        data[part] = np.column_stack([x, x @ truth + 3.0 * random.standard_normal(count)])
    tensors = {part: torch.as_tensor(rows) for part, rows in data.items()}
    torch.manual_seed(seed)
    held = HyperParameters([Knob("decay", 1e-3, 10.0, log=True, per_example=False)], {"decay": 0.02}).double()
    model = _model(held, kind)

    def fit(model, rows):
        return (model(rows[:, :-1])[:, 0] - rows[:, -1]).square().mean()

    def train_loss(model, values, generator):
        return fit(model, tensors["train"]) + values["decay"].mean() * weight_size(model)

    def valid_loss(model, generator):
        return fit(model, tensors["valid"])

    options = SelfTuningOptions(kind=kind, warmup=100, knob_rate=0.04, entropy=0.0, spread=0.3, spread_rate=0.0)
    run = SelfTuning(model, held, train_loss, valid_loss, options, rate=0.02)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_steps):
        run.step(generator)
    return run, truth, data


def _model(held: HyperParameters, kind: str) -> nn.Module:
    torch.manual_seed(0)
    model = self_tuning(nn.Sequential(nn.Linear(15, 1, bias=False)), held, centred=kind == "delta").double()
    # One output: the gate is a number, and W_h the direction in which weights answer.
    nn.init.normal_(model[0].scale.weight, std=0.3)
    return model


def best_of_grid(data: dict[str, np.ndarray]) -> tuple[float, float]:
    """The decay in its range with the least validation error, and that error."""
    train, valid = data["train"], data["valid"]
    x, y = train[:, :-1], train[:, -1]

    def error(decay: float) -> float:
        w = np.linalg.solve(x.T @ x / len(x) + decay * np.eye(15), x.T @ y / len(x))
        return float(((valid[:, :-1] @ w - valid[:, -1]) ** 2).mean())

    grid = np.geomspace(1e-3, 10, 400)
    errors = [error(decay) for decay in grid]
    return float(grid[np.argmin(errors)]), min(errors)


@pytest.mark.parametrize("kind", ["stn", "delta"])
def test_ridge_regression_finds_the_weight_that_validates_best(kind):
    """Property 7: log λ within 10 % of the range to the grid's, validation error within 1 %."""
    run, _, data = ridge(kind)
    best, least = best_of_grid(data)
    found = float(run.knobs.values()["decay"])
    assert abs(np.log(found / best)) <= 0.1 * np.log(1e4)
    x, y = data["train"][:, :-1], data["train"][:, -1]
    w = np.linalg.solve(x.T @ x / len(x) + found * np.eye(15), x.T @ y / len(x))
    error = ((data["valid"][:, :-1] @ w - data["valid"][:, -1]) ** 2).mean()
    assert error <= 1.01 * least


def test_the_slope_of_validation_is_that_of_the_implicit_function():
    """Property 6: ∂F/∂λ through the answer against the exact one on ridge regression: the same sign, and near it."""
    run, _, data = ridge("stn", n_steps=1)
    run.options = run.options.replace(warmup=10_000)
    run.weight_rule.param_groups[0]["lr"] = 0.02
    generator = torch.Generator().manual_seed(1)
    for _ in range(1500):
        run.step(generator)
    knobs = run.knobs
    with knobs.at(None):
        loss = run.valid_loss(run.model.eval(), generator)
    slope = float(torch.autograd.grad(loss, knobs.inner)[0])

    def exact(inner: torch.Tensor) -> torch.Tensor:
        train, valid = torch.as_tensor(data["train"]), torch.as_tensor(data["valid"])
        x, y = train[:, :-1], train[:, -1]
        decay = knobs.knobs[0].value(inner)
        w = torch.linalg.solve(x.T @ x / len(x) + decay * torch.eye(15).double(), x.T @ y / len(x))
        return (valid[:, :-1] @ w - valid[:, -1]).square().mean()

    true = float(torch.autograd.functional.jacobian(exact, knobs.inner.detach()[0]))
    assert slope == pytest.approx(true, rel=0.25)


def test_a_run_that_is_restored_goes_on_as_it_would_have():
    """Property 9."""
    run, _, _ = ridge("delta", n_steps=210)
    state = copy.deepcopy(run.state())
    for _ in range(10):
        run.step(torch.Generator().manual_seed(5))
    after = copy.deepcopy(run.state())
    run.restore(state)
    for _ in range(10):
        run.step(torch.Generator().manual_seed(5))
    assert run.history == after["history"]
    for name, value in run.state()["model"].items():
        torch.testing.assert_close(value, after["model"][name])


def test_without_validation_samples_there_is_nothing_to_follow():
    held = HyperParameters([Knob("a", 0, 1)], {"a": 0.5})
    with pytest.raises(ParameterError, match="validation"):
        SelfTuning(nn.Linear(1, 1), held, lambda *_: torch.zeros(()), None)
    with pytest.raises(ParameterError, match="once"):
        HyperParameters([], {})
