"""Attention among learned slices of the domain."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.baselines.options import TransolverOptions


class SliceAttention(nn.Module):
    """Points are averaged into slices, slices attend to each other, and each point reads its slices back.

    Source   Wu et al. 2024, arXiv 2402.02366, the version for irregular points.
    Differs  Averages are weighted by area where there is one, so that they are integrals over the shape.
    """

    def __init__(self, options: TransolverOptions) -> None:
        super().__init__()
        self.heads, size = options.heads, options.width // options.heads
        self.value = nn.Linear(options.width, options.width)
        self.place = nn.Linear(options.width, options.width)
        self.slice = nn.Linear(size, options.slices)
        nn.init.orthogonal_(self.slice.weight)
        self.temperature = nn.Parameter(torch.full((1, options.heads, 1, 1), 0.5))
        self.attend = nn.Linear(size, 3 * size, bias=False)
        self.out = nn.Linear(options.width, options.width)

    def forward(self, points: torch.Tensor, area: torch.Tensor | None = None) -> torch.Tensor:
        """Features (b, n, width), and back in the same shape; `area` (b, n) is 0 where a row is only filling."""
        places, values = (
            layer(points).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.place, self.value)
        )
        weights = (self.slice(places) / self.temperature).softmax(-1)
        counted = weights if area is None else weights * area[:, None, :, None]
        share = counted / (counted.sum(2, keepdim=True) + 1e-8)
        tokens = share.transpose(-2, -1) @ values
        query, key, value = self.attend(tokens).chunk(3, -1)
        tokens = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.out((weights @ tokens).transpose(1, 2).flatten(-2))


class Transolver(nn.Module):
    """Maps functions on any set of points to functions on the same points.

    Parameters
    ----------
    n_in   channels, the coordinates of the points among them.

    Source   Wu et al. 2024, arXiv 2402.02366.
    Differs  On grids too, the slices come from linear maps and not from convolutions.
    """

    def __init__(self, n_in: int, n_out: int, options: TransolverOptions | None = None) -> None:
        super().__init__()
        options = options or TransolverOptions()
        width = options.width
        self.lift = nn.Sequential(nn.Linear(n_in, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.attention = nn.ModuleList(SliceAttention(options) for _ in range(options.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * options.layers))
        hidden = options.hidden_ratio * width
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)) for _ in range(options.layers)
        )
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, n_out))

    def forward(self, values: torch.Tensor, area: torch.Tensor | None = None) -> torch.Tensor:
        """Values (b, n, n_in) to values (b, n, n_out); `area` (b, n) is 0 where a row is only filling."""
        points = self.lift(values)
        for index, (attention, mlp) in enumerate(zip(self.attention, self.mlps, strict=True)):
            points = points + attention(self.norms[2 * index](points), area)
            points = points + mlp(self.norms[2 * index + 1](points))
        return self.head(points)
