"""Convex functions ψ that are learned: layers whose weights between one another are not negative."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, linear, softplus

from geomlearn.restoration.options import LpnOptions


class Positive(nn.Module):
    """Weights ≥ 0: of a softplus, or cut at zero after each step by `clip`."""

    def __init__(self, shape: tuple[int, ...], mean: float, how: str) -> None:
        super().__init__()
        self.how = how
        start = 2 * mean * torch.rand(shape)
        self.raw = nn.Parameter(start if how == "clip" else torch.log(torch.expm1(start.clamp(min=1e-6))))

    def forward(self) -> Tensor:
        """The weights."""
        return self.raw if self.how == "clip" else softplus(self.raw)

    @torch.no_grad()
    def clip(self) -> None:
        """After a step: cut what became negative."""
        if self.how == "clip":
            self.raw.clamp_(min=0)


class Convex(nn.Module):
    """What both kinds share: ψ(x) = layers(x) + hᵀx + Σ aᵢ xᵢ², aᵢ ≥ α.

    Attributes
    ----------
    n   number of values in a signal.
    """

    def __init__(self, n: int, options: LpnOptions) -> None:
        super().__init__()
        self.n, self.options = n, options
        self.tilt = nn.Parameter(torch.zeros(n))
        self.bend = Positive((n,), 0.1, options.positive)

    def start_from(self, shrinkage: Tensor) -> None:
        """Let ∇ψ begin near x ↦ shrinkage · x, the best linear denoiser of uncorrelated values."""
        excess = (0.5 * shrinkage - self.options.convexity).clamp(min=1e-4)
        value = excess if self.options.positive == "clip" else torch.log(torch.expm1(excess))
        self.bend.raw.data.copy_(value)

    def clip(self) -> None:
        """After a step: keep the weights that must not be negative from being so."""
        for part in self.modules():
            if isinstance(part, Positive):
                part.clip()

    def forward(self, x: Tensor) -> Tensor:
        """ψ (b,) at signals (b, n)."""
        quadratic = ((self.bend() + self.options.convexity) * x**2).sum(-1)
        return self.layers_of(x) + x @ self.tilt + quadratic

    def layers_of(self, x: Tensor) -> Tensor:
        """The layers alone (b,)."""
        raise NotImplementedError

    def gradient(self, x: Tensor) -> Tensor:
        """∇ψ (b, n); differentiable once more where x or the weights are."""
        with torch.enable_grad():
            at = x if x.requires_grad else x.detach().requires_grad_()
            return torch.autograd.grad(self(at).sum(), at, create_graph=x.requires_grad or self.training)[0]

    def _between(self, z: Tensor) -> Tensor:
        return softplus(z, beta=self.options.sharpness)


class ConvexNetwork(Convex):
    """z₁ = s(H₀x + b₀), z_{k+1} = s(W_k z_k + H_k x + b_k), layers(x) = wᵀz_L, with W_k, w ≥ 0 and s a softplus."""

    def __init__(self, n: int, options: LpnOptions) -> None:
        super().__init__(n, options)
        width = options.hidden
        self.skips = nn.ModuleList(nn.Linear(n, width) for _ in range(options.layers))
        self.weights = nn.ModuleList(
            Positive((width, width), 1 / width, options.positive) for _ in range(options.layers - 1)
        )
        self.last = Positive((width,), 0.1 / width, options.positive)

    def layers_of(self, x: Tensor) -> Tensor:
        z = self._between(self.skips[0](x))
        for skip, weight in zip(list(self.skips)[1:], self.weights, strict=True):
            z = self._between(linear(z, weight()) + skip(x))
        return z @ self.last()

    def gradient(self, x: Tensor) -> Tensor:
        # Written out: training then differentiates once instead of twice.
        beta, skips, weights = self.options.sharpness, list(self.skips), [weight() for weight in self.weights]
        inner = [skips[0](x)]
        for skip, weight in zip(skips[1:], weights, strict=True):
            inner.append(linear(softplus(inner[-1], beta=beta), weight) + skip(x))
        back = self.last() * torch.sigmoid(beta * inner[-1])
        found = back @ skips[-1].weight
        for k in range(len(weights) - 1, -1, -1):
            back = (back @ weights[k]) * torch.sigmoid(beta * inner[k])
            found = found + back @ skips[k].weight
        return found + self.tilt + 2 * (self.bend() + self.options.convexity) * x


class ConvexConvolution(Convex):
    """The same with 3 × 3 convolutions on square images: strides 1, 2, 1, 2, then one sum over what is left."""

    def __init__(self, n: int, options: LpnOptions) -> None:
        super().__init__(n, options)
        self.side, width = math.isqrt(n), options.hidden
        self.skips = nn.ModuleList(nn.Conv2d(1, width, 3, padding=1) for _ in range(4))
        self.weights = nn.ModuleList(
            Positive((width, width, 3, 3), 1 / (9 * width), options.positive) for _ in range(3)
        )
        left = math.ceil(math.ceil(self.side / 2) / 2)
        self.last = Positive((width * left * left,), 0.1 / (width * left * left), options.positive)

    def layers_of(self, x: Tensor) -> Tensor:
        image = x.reshape(-1, 1, self.side, self.side)
        z = self._between(self.skips[0](image))
        for layer, weight in enumerate(self.weights):
            stride = 1 if layer == 1 else 2
            z = conv2d(z, weight(), stride=stride, padding=1)
            image = avg_pool2d(image, stride, ceil_mode=True)
            z = self._between(z + self.skips[layer + 1](image))
        return z.flatten(1) @ self.last()
