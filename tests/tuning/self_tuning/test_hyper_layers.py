"""Layers whose weights follow hyperparameters."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from geomlearn.core.errors import ParameterError
from geomlearn.operators.layers.fourier import SpectralConvolution
from geomlearn.tuning.self_tuning.hyper_layers import Hyper, freeze, self_tuning, weight_size
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters, Knob

KNOBS = [Knob("dropout", 0.0, 0.9), Knob("decay", 1e-6, 1e-1, log=True, per_example=False)]


def knobs(dtype: torch.dtype = torch.float64) -> HyperParameters:
    torch.manual_seed(0)
    return HyperParameters(KNOBS, {"dropout": 0.2, "decay": 1e-3}).to(dtype)


def lively(layer: nn.Module, held: HyperParameters, **more) -> Hyper:
    made = Hyper(layer, held, **more).double()
    nn.init.normal_(made.scale.weight)
    if made.shift is not None:
        nn.init.normal_(made.shift.weight)
    return made


def test_a_layer_is_the_one_with_the_weights_of_the_formula():
    """Property 1: F.linear(x, W_e + diag(Vλ) W_h, b_e + (Cλ) ⊙ b_h), to 1e-12; convolutions likewise."""
    held, lam = knobs(), torch.tensor([0.3, -1.2], dtype=torch.float64)
    made, x = lively(nn.Linear(4, 3), held), torch.randn(5, 4, dtype=torch.float64)
    weight = made.elementary.weight + (made.scale.weight @ lam)[:, None] * made.hyper.weight
    bias = made.elementary.bias + (made.shift.weight @ lam) * made.hyper_bias
    with held.at(lam):
        torch.testing.assert_close(made(x), F.linear(x, weight, bias), rtol=0, atol=1e-12)
    conv, image = lively(nn.Conv2d(2, 3, 3), held), torch.randn(5, 2, 6, 6, dtype=torch.float64)
    weight = conv.elementary.weight + (conv.scale.weight @ lam)[:, None, None, None] * conv.hyper.weight
    bias = conv.elementary.bias + (conv.shift.weight @ lam) * conv.hyper_bias
    with held.at(lam):
        torch.testing.assert_close(conv(image), F.conv2d(image, weight, bias), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "conv", "spectral"])
def test_each_example_has_weights_of_its_own_and_frozen_layers_are_the_same(kind):
    """Property 1: rows are independent, and `freeze` keeps what the layer gives."""
    held = knobs()
    layer, x = {
        "linear": (nn.Linear(4, 3), torch.randn(6, 7, 4)),
        "conv": (nn.Conv1d(4, 3, 3), torch.randn(6, 4, 9)),
        "spectral": (SpectralConvolution(4, 3, (3, 3)), torch.randn(6, 8, 8, 4)),
    }[kind]
    x = x.double()
    made = lively(layer, held)
    lam = held.sample(6).detach()
    with held.at(lam):
        together = made(x)
    for row in range(6):
        with held.at(lam[row]):
            torch.testing.assert_close(made(x[row : row + 1]), together[row : row + 1], rtol=0, atol=1e-12)
    torch.testing.assert_close(made.frozen()(x), made(x), rtol=0, atol=1e-10)


def test_without_gates_it_is_the_plain_layer_and_its_size_is_that_of_the_formula():
    """Property 2: V = C = 0 is the plain layer; D_out(2 D_in + n) + D_out(2 + n) parameters."""
    held, plain = knobs(), nn.Linear(4, 3).double()
    made, x = Hyper(plain, held, centred=True).double(), torch.randn(5, 4, dtype=torch.float64)
    torch.testing.assert_close(made(x), plain(x))
    assert sum(p.numel() for p in made.parameters()) == 3 * (2 * 4 + 2) + 3 * (2 + 2)


def test_ranges_and_transforms():
    """Property 8: r(r⁻¹(v)) = v, ranges hold for |λ| ≤ 20, whole numbers are whole, no gradient reaches dropout."""
    for knob, value in ((KNOBS[0], 0.35), (KNOBS[1], 3e-4), (Knob("shift", -2, 5), 1.5)):
        assert float(knob.value(torch.tensor(knob.inner(value), dtype=torch.float64))) == pytest.approx(value)
        ends = knob.value(torch.tensor([-20.0, 20.0], dtype=torch.float64))
        assert knob.low * (1 - 1e-12) <= float(ends.min()) and float(ends.max()) <= knob.high * (1 + 1e-12)
    holes = Knob("holes", 0, 4, discrete=True).value(torch.linspace(-3, 3, 9))
    assert bool((holes == holes.round()).all())
    held = knobs()
    made = lively(nn.Linear(4, 3), held, rate="dropout").train()
    nn.init.zeros_(made.scale.weight)
    nn.init.zeros_(made.shift.weight)
    for gate in (made.scale, made.shift):
        gate.weight.requires_grad_(False)
    with held.at(held.inner):
        made(torch.ones(5, 4).double()).sum().backward()
    assert held.inner.grad is None or float(held.inner.grad.abs().max()) == 0
    with pytest.raises(ParameterError, match=r"between 0 and 0\.9"):
        KNOBS[0].inner(0.95)


def test_dropout_drops_the_share_it_says():
    held = knobs(torch.float32)
    made = Hyper(nn.Linear(1000, 1, bias=False), held, rate="dropout").train()
    made.elementary.weight.data.fill_(1 / 1000)
    made.scale.weight.data.zero_()
    torch.manual_seed(0)
    with held.at(None):
        mean = float(made(torch.ones(200, 1000)).mean().detach())
    assert mean == pytest.approx(1.0, abs=0.01)


def test_entropy_is_that_of_gaussians_and_says_which_way_deviations_go():
    """Property 5: H = Σ log(σ √(2πe)); τ large grows σ, τ = 0 with a valley shrinks it, in 30 steps."""
    held = knobs()
    by_hand = sum(math.log(0.5 * math.sqrt(2 * math.pi * math.e)) for _ in range(2))
    assert float(held.entropy()) == pytest.approx(by_hand, abs=1e-6)
    for tau, way in ((100.0, 1), (0.0, -1)):
        held = knobs()
        rule, generator = torch.optim.Adam([held.spread], lr=0.05), torch.Generator().manual_seed(0)
        for _ in range(30):
            inner = held.sample(64, generator)
            loss = ((inner - held.inner.detach()) ** 2).sum(1).mean() - tau * held.entropy()
            rule.zero_grad()
            loss.backward()
            rule.step()
        assert way * (float(held.deviations().mean()) - 0.5) > 0.1


def test_models_are_changed_and_changed_back():
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 1)).double()
    held, x = knobs(), torch.randn(4, 3, dtype=torch.float64)
    before = plain(x)
    model = self_tuning(plain, held, centred=True, rate="dropout", skip=("4",)).double()
    assert [type(part).__name__ for part in model] == ["Hyper", "GELU", "Hyper", "LayerNorm", "Linear"]
    assert [part.rate for part in model if isinstance(part, Hyper)] == ["", "dropout"]
    torch.testing.assert_close(model.eval()(x), before)
    assert float(weight_size(model)) > 0
    assert not any(isinstance(part, Hyper) for part in freeze(model).modules())
    torch.testing.assert_close(model(x), before)
    with pytest.raises(ParameterError, match="GELU"):
        Hyper(nn.GELU(), held)
