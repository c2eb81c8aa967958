"""Small networks with weights that are not those of a start."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.options import LpnOptions


def network(n: int = 5, seed: int = 0, **options) -> LearnedProximal:
    """A small convex network in float64."""
    torch.manual_seed(seed)
    made = LearnedProximal(n, LpnOptions(**{"hidden": 12, "layers": 3, "sharpness": 5.0, "convexity": 0.05, **options}))
    made.potential.last.raw.data += 0.5
    made.potential.tilt.data.normal_()
    return made.double().eval()


class Given(nn.Module):
    """ψ that is known in closed form, in place of a network."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def gradient(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            return torch.autograd.grad(self.function(at).sum(), at)[0]


def given(function, n: int = 1) -> LearnedProximal:
    """A proximal map whose ψ is a function."""
    made = network(n)
    made.potential = Given(function)
    return made
