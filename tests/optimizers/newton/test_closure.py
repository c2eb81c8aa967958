"""The torch form: the same steps as the function, through every kind of Hessian, saved and resumed."""

import copy
import io
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.newton.closure import GradientNormalizedNewton
from geomlearn.optimizers.newton.gradient_normalized import gns_minimize
from geomlearn.optimizers.options import GradientNormalizedNewtonOptions, GradientNormalizedOptions

pytestmark = pytest.mark.usefixtures("one_thread")


def network(dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 2)).to(dtype)
    inputs = torch.randn(30, 3, dtype=dtype)
    targets = torch.stack([inputs[:, 0] * inputs[:, 1], inputs[:, 2].sin()], 1)
    return model, lambda: model(inputs) - targets


def closure_for(kind, residuals):
    if kind == "gauss-newton":
        return lambda: residuals().flatten()
    if kind == "fisher":
        return lambda: residuals().square().sum(1) / 2
    return lambda: residuals().square().sum() / 2


@pytest.mark.parametrize("kind", ["exact", "gauss-newton", "fisher", "zero"])
@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_losses_fall_for_every_hessian_and_solver(kind, solver):
    model, residuals = network()
    optimizer = GradientNormalizedNewton(model.parameters(), hessian=kind, solver=solver)
    losses = [float(optimizer.step(closure_for(kind, residuals))) for _ in range(25)]
    assert all(after <= before for before, after in pairwise(losses))
    assert losses[-1] < {"zero": 0.9, "fisher": 0.6}.get(kind, 0.3) * losses[0]


def test_steps_are_those_of_the_function():
    generator = torch.Generator().manual_seed(0)
    design = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    labels = (torch.rand(50, generator=generator) > 0.5).double()
    weight = nn.Parameter(torch.zeros(4, dtype=torch.float64))

    def loss():
        return nn.functional.binary_cross_entropy_with_logits(design @ weight, labels)

    def evaluate(x):
        w = torch.tensor(x, requires_grad=True)
        value = nn.functional.binary_cross_entropy_with_logits(design @ w, labels)
        return float(value.detach()), torch.autograd.grad(value, w)[0].numpy()

    def hessian(x):
        p = torch.sigmoid(design @ torch.tensor(x))
        return (design.T @ ((p * (1 - p))[:, None] * design) / 50).numpy()

    optimizer = GradientNormalizedNewton([weight])
    for _ in range(5):
        optimizer.step(loss)
    expected = gns_minimize(evaluate, np.zeros(4), hessian, options=GradientNormalizedOptions(max_iter=5, tol=0))
    np.testing.assert_allclose(weight.detach(), expected.value, rtol=1e-8)


def test_gauss_newton_products_are_right():
    model, residuals = network()
    optimizer = GradientNormalizedNewton(model.parameters(), hessian="gauss-newton", solver="cholesky")
    params = list(model.parameters())
    _, gradient, hessian = optimizer._look(closure_for("gauss-newton", residuals), params, True)
    step, n = 1e-6, sum(param.numel() for param in params)
    start, rows = residuals().detach().flatten(), []
    flat = torch.cat([param.detach().reshape(-1) for param in params])
    for index in range(n):
        shifted = flat.clone()
        shifted[index] += step
        nn.utils.vector_to_parameters(shifted, params)
        rows.append((residuals().detach().flatten() - start) / step)
    jacobian = torch.stack(rows, 1)
    np.testing.assert_allclose(hessian, jacobian.T @ jacobian, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(gradient, jacobian.T @ start, rtol=1e-3, atol=1e-3)


def test_a_saved_run_resumes_bit_for_bit():
    whole, residuals = network()
    optimizer = GradientNormalizedNewton(whole.parameters(), hessian="gauss-newton")
    for _ in range(8):
        optimizer.step(closure_for("gauss-newton", residuals))
    first, residuals = network()
    optimizer = GradientNormalizedNewton(first.parameters(), hessian="gauss-newton")
    for _ in range(4):
        optimizer.step(closure_for("gauss-newton", residuals))
    stream = io.BytesIO()
    torch.save({"model": first.state_dict(), "optimizer": optimizer.state_dict()}, stream)
    stream.seek(0)
    saved = torch.load(stream, weights_only=True)
    second, residuals = network(seed=0)
    second.load_state_dict(saved["model"])
    optimizer = GradientNormalizedNewton(second.parameters(), gamma0=7.0)
    optimizer.load_state_dict(saved["optimizer"])
    copy.deepcopy(optimizer)
    for _ in range(4):
        optimizer.step(closure_for("gauss-newton", residuals))
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), second.parameters(), strict=True))


def test_single_precision_stalls_and_stays():
    model, residuals = network(torch.float32)
    optimizer = GradientNormalizedNewton(model.parameters(), hessian="gauss-newton")
    state = optimizer.state[next(iter(model.parameters()))]
    for _ in range(300):
        optimizer.step(closure_for("gauss-newton", residuals))
        if state["stalled"]:
            break
    before = [param.clone() for param in model.parameters()]
    optimizer.step(closure_for("gauss-newton", residuals))
    assert state["stalled"] is False or all(map(torch.equal, model.parameters(), before))
    assert float(residuals().square().sum().detach()) < 0.5


def test_sampled_batches_are_noticed():
    weight = nn.Parameter(torch.ones(3))
    optimizer = GradientNormalizedNewton([weight])
    with pytest.warns(UserWarning, match="Two looks at one point"):
        optimizer.step(lambda: (weight * (1 + torch.rand(3))).square().sum())


def test_misuse_is_refused_in_a_sentence():
    weight = nn.Parameter(torch.ones(3))
    with pytest.raises(ValueError, match="none of exact"):
        GradientNormalizedNewton([weight], hessian="bfgs")
    with pytest.raises(ValueError, match="gamma0"):
        GradientNormalizedNewton([weight], gamma0=-1.0)
    with pytest.raises(ValueError, match="rank1"):
        GradientNormalizedNewton([weight], solver="rank1")
    with pytest.raises(ValueError, match="One group"):
        GradientNormalizedNewton([{"params": [weight]}, {"params": [nn.Parameter(torch.ones(1))]}])
    with pytest.raises(ValueError, match="closure is needed"):
        GradientNormalizedNewton([weight]).step()
    with pytest.raises(ValueError, match="returns a vector"):
        GradientNormalizedNewton([weight], hessian="fisher").step(lambda: weight.sum())
    with pytest.raises(ValueError, match="returns the loss"):
        GradientNormalizedNewton([weight]).step(lambda: weight)


def test_frozen_parameters_stay_and_the_others_step():
    model, residuals = network()
    model[0].weight.requires_grad_(False)
    before = model[0].weight.detach().clone()
    optimizer = GradientNormalizedNewton(model.parameters())
    losses = [float(optimizer.step(closure_for("exact", residuals))) for _ in range(8)]
    assert losses[-1] < 0.7 * losses[0] and torch.equal(model[0].weight, before)
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="All parameters are frozen"):
        optimizer.step(closure_for("exact", residuals))


def test_closures_that_call_backward_are_told():
    model, residuals = network()
    optimizer = GradientNormalizedNewton(model.parameters(), hessian="zero")

    def closure():
        optimizer.zero_grad()
        loss = residuals().square().sum() / 2
        loss.backward()
        return loss

    with pytest.raises(ValueError, match=r"calls backward\(\)"):
        optimizer.step(closure)
    # Gradients that stood before, of another optimizer, stay.
    model[0].weight.grad = torch.ones_like(model[0].weight)
    optimizer.step(closure_for("zero", residuals))
    assert torch.equal(model[0].weight.grad, torch.ones_like(model[0].weight))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_loss_keeps_its_precision(dtype):
    model, residuals = network(dtype)
    optimizer = GradientNormalizedNewton(model.parameters())
    expected = closure_for("exact", residuals)().detach()
    found = optimizer.step(closure_for("exact", residuals))
    assert found.dtype is dtype and torch.equal(found, expected)


def test_losses_that_are_not_finite_end_in_a_sentence_and_move_nothing():
    model, residuals = network()
    start = float(closure_for("exact", residuals)())
    optimizer = GradientNormalizedNewton(model.parameters())
    with pytest.raises(ParameterError, match="not finite where the step starts"):
        optimizer.step(lambda: closure_for("exact", residuals)() * float("nan"))
    calls = []

    def interrupted():
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return closure_for("exact", residuals)()

    with pytest.raises(KeyboardInterrupt):
        for _ in range(4):
            optimizer.step(interrupted)
    # What stands is a point that the method has accepted, not one it was trying.
    assert float(closure_for("exact", residuals)()) <= start


def test_defaults_are_those_of_training():
    chosen = GradientNormalizedNewtonOptions()
    group = GradientNormalizedNewton([nn.Parameter(torch.ones(2))]).param_groups[0]
    assert {name: group[name] for name in chosen.model_dump()} == chosen.model_dump()
