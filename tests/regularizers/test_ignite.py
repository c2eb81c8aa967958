"""The numbered properties of IGNITE: its difference quotient, its weights, its multiplier."""

import copy
import itertools

import pytest
import torch
from torch import nn

from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.regularizers.ignite import SurrogateSharpness
from geomlearn.regularizers.options import IgniteOptions


def surrogate(seed=0, hidden=16, dtype=torch.float64, dropout=0.0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, hidden), nn.Tanh(), nn.Dropout(dropout), nn.Linear(hidden, 1)).to(dtype)


def batch(n=32, dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(n, 5, generator=generator, dtype=dtype)
    return inputs, inputs[:, :1] ** 2 - inputs[:, 1:2]


def of(model, inputs):
    return lambda: model(inputs).mean()


def test_1_the_quotient_is_the_gradient_of_the_norm_to_first_order():
    model, (inputs, _) = surrogate(), batch()
    exact = SurrogateSharpness(model, IgniteOptions(exact=True)).gradient(of(model, inputs))
    truth = torch.cat([part.flatten() for part in exact])
    errors = []
    for r in (0.2, 0.05, 0.01, 1e-3):
        found = SurrogateSharpness(model, IgniteOptions(r=r)).gradient(of(model, inputs))
        errors.append(float((torch.cat([part.flatten() for part in found]) - truth).norm() / truth.norm()))
    assert errors[0] < 0.05
    for (coarse, fine), ratio in zip(itertools.pairwise(errors), (4, 5, 10), strict=True):
        assert coarse / fine == pytest.approx(ratio, rel=0.4)


def test_2_weights_modes_and_random_numbers_are_as_before():
    model, (inputs, _) = surrogate(dtype=torch.float32, dropout=0.3), batch(dtype=torch.float32)
    before = copy.deepcopy(model.state_dict())
    state = torch.get_rng_state()
    SurrogateSharpness(model).add_to_grad(of(model, inputs))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in model.modules())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])

    def broken():
        if not torch.equal(model[0].weight, before["0.weight"]):
            raise RuntimeError("inside the second pass")
        return model(inputs).mean()

    with pytest.raises(RuntimeError, match="second pass"):
        SurrogateSharpness(model).add_to_grad(broken)
    assert torch.equal(model[0].weight, before["0.weight"])
    assert model.training


def test_3_a_linear_surrogate_is_left_alone():
    model, (inputs, _) = nn.Linear(5, 1).double(), batch()
    found = SurrogateSharpness(model, IgniteOptions(mode="penalty", lam=1)).gradient(of(model, inputs))
    assert max(float(part.abs().max()) for part in found) < 1e-14


def test_4_the_last_bias_alone_makes_the_norm_one_and_scales_pass_through():
    model, (inputs, _) = surrogate(), batch()
    norm = SurrogateSharpness(model, IgniteOptions(lam=0, lam_lr=0)).add_to_grad(of(model, inputs))
    assert norm >= 1
    shifted = SurrogateSharpness(model, IgniteOptions(lam=0)).add_to_grad(lambda: model(inputs).mean() + 7)
    assert shifted == pytest.approx(norm)
    scaled = SurrogateSharpness(model, IgniteOptions(lam=0)).add_to_grad(lambda: 3 * model(inputs).mean())
    assert scaled == pytest.approx(3 * norm)
    without = SurrogateSharpness(model, IgniteOptions(lam=0), lambda name: name != "3.bias")
    assert without.add_to_grad(of(model, inputs)) == pytest.approx((norm**2 - 1) ** 0.5)


def test_5_the_multiplier_grows_above_the_limit_stops_at_zero_below_and_zero_is_the_base_method():
    model, (inputs, wanted) = surrogate(), batch()
    options = IgniteOptions(epsilon=0.01, lam=0.0, lam_lr=0.1)
    sharp = SurrogateSharpness(model, options)
    seen = []
    for _ in range(4):
        norm = sharp.add_to_grad(of(model, inputs))
        seen.append(sharp.lam)
    growth = 0.1 * (options.rho * norm - 0.01)
    assert seen == pytest.approx([growth * (step + 1) for step in range(4)])
    loose = SurrogateSharpness(model, IgniteOptions(epsilon=50, lam=0.01, lam_lr=0.1))
    loose.add_to_grad(of(model, inputs))
    assert loose.lam == 0.0
    model.zero_grad()
    (model(inputs) - wanted).square().mean().backward()
    plain = [weight.grad.clone() for weight in model.parameters()]
    loose.add_to_grad(of(model, inputs))
    for weight, gradient in zip(model.parameters(), plain, strict=True):
        assert torch.equal(weight.grad, gradient)
    again = SurrogateSharpness(model, options)
    again.load_state_dict(sharp.state_dict())
    assert again.lam == sharp.lam


def learned(options, build=None, steps=150):
    model, (inputs, wanted) = surrogate(), batch(128)
    optimizer = (build or (lambda m: torch.optim.AdamW(m.parameters(), lr=1e-2)))(model)
    sharp = SurrogateSharpness(model, options) if options else None
    for _ in range(steps):
        optimizer.zero_grad()
        (model(inputs) - wanted).square().mean().backward()
        if sharp:
            sharp.add_to_grad(of(model, inputs))
        optimizer.step()
    norm = SurrogateSharpness(model, IgniteOptions(lam=0)).add_to_grad(of(model, inputs))
    return model, norm, float((model(inputs) - wanted).square().mean().detach())


def test_6_the_norm_is_smaller_with_it_and_bounds_what_random_changes_do():
    _, free, loss = learned(None)
    model, kept, other = learned(IgniteOptions(mode="penalty", rho=0.2, r=0.05, lam=1.0))
    assert kept < 0.9 * free
    assert other < 2 * loss + 0.05
    inputs, rho = batch(128)[0], 1e-3
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        before = float(model(inputs).mean())
        for _ in range(20):
            steps = [torch.randn(w.shape, generator=generator, dtype=w.dtype) for w in model.parameters()]
            size = torch.linalg.vector_norm(torch.stack([step.norm() for step in steps]))
            for weight, step in zip(model.parameters(), steps, strict=True):
                weight.add_(step, alpha=float(rho / size))
            assert abs(float(model(inputs).mean()) - before) <= rho * kept + 10 * rho**2
            for weight, step in zip(model.parameters(), steps, strict=True):
                weight.sub_(step, alpha=float(rho / size))


@pytest.mark.parametrize("rule", ["adamw", "muon", "dct"])
def test_7_it_works_under_any_optimizer(rule):
    def build(model):
        if rule == "adamw":
            return torch.optim.AdamW(model.parameters(), lr=1e-2)
        matrices = [w for w in model.parameters() if w.ndim == 2]
        return Muon(matrices, lr=1e-2) if rule == "muon" else DCTAdamW(matrices, lr=1e-2)

    options = IgniteOptions(mode="penalty", rho=0.2, r=0.05, lam=3.0)
    assert learned(options, build, 60)[1] < learned(None, build, 60)[1]


def test_no_slope_is_no_division_by_zero():
    model = surrogate()
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    inputs, _ = batch()
    sharp = SurrogateSharpness(model, IgniteOptions(lam=1), lambda name: name == "0.weight")
    assert sharp.add_to_grad(of(model, inputs)) == 0
    assert all(w.grad is None or w.grad.isfinite().all() for w in model.parameters())
