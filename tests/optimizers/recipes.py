"""The optimizers of the tests they share, with options under which small problems are solved, and those problems."""

import pytest
import torch
from torch import nn

from geomlearn.optimizers.auon import AuON, HybridAuON
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.root import ROOT

RECIPES = {
    "muon": (Muon, {"lr": 0.1, "weight_decay": 0.0}),
    "auon": (AuON, {"lr": 0.1, "weight_decay": 0.0}),
    "auon-brake": (AuON, {"lr": 0.5, "weight_decay": 0.0, "variant": "brake", "lr_scale": "none", "fallback_lr": 0.1}),
    "hybrid-auon": (HybridAuON, {"lr": 0.1, "weight_decay": 0.0}),
    "dct-adamw": (DCTAdamW, {"lr": 0.1, "weight_decay": 0.0, "rank": 2}),
    "dct-adamw-feedback": (
        DCTAdamW,
        {
            "lr": 0.05,
            "weight_decay": 0.0,
            "rank": 2,
            "residual": "error-feedback",
            "state_reset": "per-column-step",
            "update_gap": 3,
            "scores": "sketch",
        },
    ),
    "root": (ROOT, {"lr": 0.1, "weight_decay": 0.0}),
}
each = pytest.mark.parametrize("name", RECIPES)


def make(name, params, **changes):
    kind, options = RECIPES[name]
    return kind(params, **{**options, **changes})


def model_and_loss(seed=0, dtype=torch.float32, width=12):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 3))
    model = model.to(dtype)
    inputs = torch.randn(32, 6, generator=generator, dtype=torch.float64).to(dtype)
    targets = torch.tanh(inputs[:, :3])

    def loss():
        return (model(inputs) - targets).square().mean()

    return model, loss


def run(optimizer, loss, steps):
    values = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        values.append(float(value.detach()))
    return values


def flat(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def quadratic(params):
    """½‖p − 1‖² summed over all, minimal at ones; its value where the parameters stand."""
    return sum((param - 1).abs().square().sum() for param in params) / 2


def quadratic_steps(optimizer, params, steps=60):
    first = float(quadratic(params).detach())
    for _ in range(steps):
        optimizer.zero_grad()
        quadratic(params).backward()
        optimizer.step()
    return first, float(quadratic(params).detach())
