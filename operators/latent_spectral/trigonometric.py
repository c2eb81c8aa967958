"""The latent step: each token value gains a learned sum of sines and cosines of itself."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from geomlearn.operators.latent_spectral.options import SpectralBlockOptions


class TrigonometricStep(nn.Module):
    """T'_c = T_c + Σ_k α_ck sin(ω_k T_c) + β_ck cos(ω_k T_c), channel by channel.

    Frequencies "pi-over-k": ω_k = πk/K with k = 0 … K−1 for sines and cosines alike, as released; the first sine is
    then zero for ever. "integer": cosines k = 0 … K−1, sines k = 1 … K.

    Source   Wu et al. 2023, arXiv 2301.12664, section 3; frequencies of the released code.
    """

    def __init__(self, width: int, options: SpectralBlockOptions) -> None:
        super().__init__()
        n = options.n_frequencies
        self.integer = options.frequencies == "integer"
        self.unit = 1.0 if self.integer else math.pi / n
        shape = (width, n)
        zero = options.start == "identity"
        self.sine = nn.Parameter(torch.zeros(shape) if zero else torch.rand(shape) / width)
        self.cosine = nn.Parameter(torch.zeros(shape) if zero else torch.rand(shape) / width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (…, width), and back in the same shape and precision."""
        # Powers of a rounded cosine lose digits fast, so this step keeps single precision at least.
        precise = tokens.to(torch.promote_types(tokens.dtype, torch.float32))
        with torch.autocast(tokens.device.type, enabled=False):
            series = _Series.apply(precise * self.unit, self.sine, self.cosine, int(self.integer))
        return tokens + series.to(tokens.dtype)


class _Series(torch.autograd.Function):
    """Σ_k α_k sin((k + s) θ) + β_k cos(kθ) with s = `shift`.

    Written by hand because every multiple follows from one sine and cosine by the addition theorem; left to autograd
    each of the 2K functions is evaluated on its own, twice, and kept.
    """

    @staticmethod
    def forward(ctx: Any, theta: torch.Tensor, sine: torch.Tensor, cosine: torch.Tensor, shift: int) -> torch.Tensor:
        n = cosine.shape[1]
        sines, cosines = _multiples(theta, n + shift)
        ctx.save_for_backward(sines, cosines, sine, cosine)
        ctx.shift = shift
        total = torch.zeros_like(theta)
        for k in range(n):
            total.addcmul_(sines[k + shift], sine[:, k]).addcmul_(cosines[k], cosine[:, k])
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        sines, cosines, sine, cosine = ctx.saved_tensors
        n, shift = cosine.shape[1], ctx.shift
        derivative = torch.zeros_like(slope)
        for k in range(n):
            derivative.addcmul_(cosines[k + shift], (k + shift) * sine[:, k]).addcmul_(sines[k], -k * cosine[:, k])
        d_sine, d_cosine = (
            torch.stack([(part * slope).flatten(0, -2).sum(0) for part in parts], -1)
            for parts in (sines[shift : n + shift], cosines[:n])
        )
        return slope * derivative, d_sine, d_cosine, None


def _multiples(theta: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """sin(kθ) and cos(kθ) for k = 0 … n−1, stacked in front."""
    sines, cosines = theta.new_empty(n, *theta.shape), theta.new_empty(n, *theta.shape)
    sines[0], cosines[0] = 0, 1
    if n > 1:
        torch.sin(theta, out=sines[1])
        torch.cos(theta, out=cosines[1])
    for k in range(2, n):
        half = k // 2
        rest = k - half
        torch.mul(sines[half], cosines[rest], out=sines[k]).addcmul_(cosines[half], sines[rest])
        torch.mul(cosines[half], cosines[rest], out=cosines[k]).addcmul_(sines[half], sines[rest], value=-1)
    return sines, cosines
