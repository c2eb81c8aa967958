"""Norm-aware linear attention: long queries focus, signs are kept, time grows with the number of tokens."""

from __future__ import annotations

import math

import torch
from torch import nn

from geomlearn.operators.layers.attention.linear import linear_attention

LAMBDA, TAU = 3.0, 0.5


def exponent(norm: torch.Tensor, lam: float = LAMBDA, tau: float = TAU) -> torch.Tensor:
    """p(‖q‖) = λ (τ + tanh ‖q‖), from λτ to λ (τ + 1)."""
    return lam * (tau + torch.tanh(norm))


def query_features(
    query: torch.Tensor, lam: float = LAMBDA, tau: float = TAU, *, sharpness: float | None = None, eps: float = 1e-6
) -> torch.Tensor:
    """|d|^p(‖q‖) of the direction d = q / ‖q‖, split by sign: (…, n, 2c), never negative.

    Parameters
    ----------
    sharpness   β of the soft angle θ = (π/4)(1 − tanh βx) by which signs are told; None for the sharp one, that of
                the released code.
    eps         added to the norm, so that q = 0 has a direction of zero.
    """
    norm = torch.linalg.vector_norm(query, dim=-1, keepdim=True)
    direction = query / (norm + eps)
    return _by_sign(direction, exponent(norm, lam, tau), sharpness)


def key_features(key: torch.Tensor, lam: float = LAMBDA, *, sharpness: float | None = None) -> torch.Tensor:
    """|k|^λ split by sign: (…, n, 2c); keys keep their norm."""
    return _by_sign(key, lam, sharpness)


def _by_sign(values: torch.Tensor, power: torch.Tensor | float, sharpness: float | None) -> torch.Tensor:
    if sharpness is None:
        return torch.cat([values.relu().pow(power), (-values).relu().pow(power)], -1)
    size, angle = values.abs().pow(power), (math.pi / 4) * (1 - torch.tanh(sharpness * values))
    return torch.cat([size * angle.cos(), size * angle.sin()], -1)


class NormAwareLinearAttention(nn.Module):
    """Heads that compare by φ(q) · φ(k) with the query's norm as an exponent.

    Source   Meng et al. 2025, arXiv 2506.21137; λ = 3, τ = 0.5 and the sharp split of the released code.
    Differs  1. Tokens have weights, so that on shapes sums are integrals over the area.
             2. ‖q‖ = 0 is no division by zero.
             3. No rotary positions and no convolution of the values: points of a shape have neither rows nor columns.
    """

    def __init__(self, heads: int, size: int, lam: float = LAMBDA, tau: float = TAU) -> None:
        super().__init__()
        self.lam, self.tau = lam, tau

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(b, heads, t, c), (b, heads, n, c) twice and shares (b, 1, n, 1) to (b, heads, t, c)."""
        return linear_attention(query_features(query, self.lam, self.tau), key_features(key, self.lam), values, weight)
