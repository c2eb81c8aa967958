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
    """Property 6: ∂F/∂λ through the answer, and the exact one, on ridge regression with three decays: cosine > 0.95."""
    random = np.random.default_rng(0)
    truth, n_rows = random.standard_normal((15, 3)), {"train": 30, "valid": 60}
    x = {part: torch.as_tensor(random.standard_normal((count, 15))) for part, count in n_rows.items()}
    y = {
        part: x[part] @ torch.as_tensor(truth) + torch.as_tensor(3.0 * random.standard_normal((n, 3)))
        for part, n in n_rows.items()
    }
    names = ["a", "b", "c"]
    held = HyperParameters(
        [Knob(name, 1e-3, 10.0, log=True, per_example=False) for name in names], {"a": 0.02, "b": 0.1, "c": 0.6}, 0.3
    ).double()
    torch.manual_seed(0)
    layer = Hyper(nn.Linear(15, 3, bias=False), held).double()

    def train_loss(model, values, generator):
        decays = torch.stack([values[name].mean() for name in names])
        return (model(x["train"]) - y["train"]).square().mean(0).sum() + decays @ weights_at(held.current[0])

    def weights_at(lam):
        return (layer.elementary.weight + layer.scale(lam)[:, None] * layer.hyper.weight).square().sum(1)

    def valid_loss(model, generator):
        return (model(x["valid"]) - y["valid"]).square().mean(0).sum()

    run = SelfTuning(layer, held, train_loss, valid_loss, SelfTuningOptions(kind="stn", warmup=10_000), rate=0.05)
    generator = torch.Generator().manual_seed(1)
    for _ in range(500):
        run.step(generator)
    with held.at(None):
        slope = torch.autograd.grad(valid_loss(layer.eval(), generator), held.inner)[0]

    def exact(inner: torch.Tensor) -> torch.Tensor:
        gram, right = x["train"].T @ x["train"] / 30, x["train"].T @ y["train"] / 30
        decays = [knob.value(inner[k]) for k, knob in enumerate(held.knobs)]
        w = [torch.linalg.solve(gram + d * torch.eye(15).double(), right[:, k]) for k, d in enumerate(decays)]
        return (x["valid"] @ torch.stack(w, 1) - y["valid"]).square().mean(0).sum()

    true = torch.autograd.functional.jacobian(exact, held.inner.detach())
    assert float(torch.cosine_similarity(slope, true, dim=0)) > 0.95
    assert float(slope.norm()) == pytest.approx(float(true.norm()), rel=0.25)


def test_gates_follow_the_answer_of_a_linear_network():
    """Property 4: y = sᵀQx with a squared Jacobian penalty e^λ, fit over λ ∈ [−1, 1]: off by ≤ 5 % of the change."""
    torch.manual_seed(0)
    held = HyperParameters([Knob("penalty", -9, 9)], {"penalty": 0.0}).double()
    layer, eye = Hyper(nn.Linear(5, 5, bias=False), held).double(), torch.eye(5).double()
    x = torch.randn(200, 5).double() * torch.tensor([0.5, 0.8, 1.0, 1.4, 2.0])
    y = x @ torch.randn(5).double() + 0.3 * torch.randn(200).double()
    gram, right = x.T @ x / 200, x.T @ y / 200
    lam = torch.linspace(-1, 1, 21, dtype=torch.float64)[:, None]
    parameters = [layer.elementary.weight, layer.hyper.weight, layer.scale.weight]
    rule = torch.optim.LBFGS(parameters, max_iter=1000, tolerance_change=1e-14, line_search_fn="strong_wolfe")

    def answer() -> torch.Tensor:
        """The weights sᵀQ(λ), s = 1, at each λ (21, 5)."""
        with held.at(lam):
            return layer(eye.expand(21, 5, 5)).sum(-1)

    def loss() -> torch.Tensor:
        rule.zero_grad()
        w = answer()
        fit = ((w @ gram) * w).sum(1) - 2 * w @ right + lam[:, 0].exp() * w.square().sum(1)
        fit.mean().backward()
        return fit.mean()

    rule.step(loss)
    true = torch.stack([torch.linalg.solve(gram + e * eye, right) for e in lam[:, 0].exp()])
    off = (answer().detach() - true).square().sum(1).mean().sqrt()
    assert float(off) <= 0.05 * float((true[-1] - true[0]).norm())
    # Without gates one answer serves all λ.
    assert float((true - true.mean(0)).square().sum(1).mean().sqrt()) > 0.2 * float((true[-1] - true[0]).norm())


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
