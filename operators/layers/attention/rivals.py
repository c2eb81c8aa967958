"""The mixers that norm-aware attention is compared with, under one interface."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.layers.attention.linear import linear_attention, signed


class SoftmaxAttention(nn.Module):
    """exp(q · k / √c), in quadratic time; weights of tokens enter as their logarithms."""

    def __init__(self, heads: int, size: int) -> None:
        super().__init__()

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `NormAwareLinearAttention.forward`."""
        bias = None if weight is None else weight.transpose(-2, -1).log()
        return nn.functional.scaled_dot_product_attention(query, key, values, bias)


class EluAttention(nn.Module):
    """elu(x) + 1 as features.

    Source   Katharopoulos et al. 2020, arXiv 2006.16236.
    """

    def __init__(self, heads: int, size: int) -> None:
        super().__init__()

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `NormAwareLinearAttention.forward`."""
        query, key = (nn.functional.elu(x) + 1 for x in (query, key))
        return linear_attention(query, key, values, weight)


class ReluAttention(nn.Module):
    """relu(x) as features: the query's norm cancels."""

    def __init__(self, heads: int, size: int) -> None:
        super().__init__()

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `NormAwareLinearAttention.forward`."""
        return linear_attention(query.relu(), key.relu(), values, weight)


class GalerkinAttention(nn.Module):
    """q (kᵀ v), with keys and values normalised and no denominator.

    Source   Cao 2021, arXiv 2105.14995.
    """

    def __init__(self, heads: int, size: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in range(2))

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `NormAwareLinearAttention.forward`."""
        key, values = (norm(x) for norm, x in zip(self.norms, (key, values), strict=True))
        shares = key / key.shape[-2] if weight is None else key * weight
        return query @ (shares.transpose(-2, -1) @ values)


class PolaAttention(nn.Module):
    """Equal signs mix one half of the values, opposite signs the other; powers of the features are learned.

    Source   Meng et al. 2025, arXiv 2501.15061 (PolaFormer): powers 1 + 4 sigmoid(w) for each channel.
    Differs  The halves are weighed by the gate that all mixers here have, and not by one of their own.
    """

    def __init__(self, heads: int, size: int) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.zeros(heads, 1, size))
        self.scale = nn.Parameter(torch.zeros(heads, 1, size))

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `NormAwareLinearAttention.forward`."""
        power = (1 + 4 * self.power.sigmoid()).repeat(1, 1, 2)
        scale = nn.functional.softplus(self.scale)
        query, key = (signed(x / scale).pow(power) for x in (query, key))
        swapped = torch.cat(key.chunk(2, -1)[::-1], -1)
        same, opposite = values.chunk(2, -1)
        halves = (linear_attention(query, key, same, weight), linear_attention(query, swapped, opposite, weight))
        return torch.cat(halves, -1)
