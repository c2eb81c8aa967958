"""A learned deformation of the plane."""

from __future__ import annotations

import math

import torch
from torch import nn

_CENTRE = 1e-4
_OCTAVES = 8
_WIDTH = 32


class Deformation(nn.Module):
    """ξ(x) = x + x · g(features of x, code of the geometry).

    Parameters
    ----------
    code_size   numbers that describe each geometry; 0 for none.

    Source   Li et al. 2022, arXiv 2207.05209, and its released code.
    Differs  The released network holds the layers for both cases, with and without a code; here only those in use.
    """

    octaves: torch.Tensor

    def __init__(self, code_size: int = 0) -> None:
        super().__init__()
        width = 4 * _WIDTH
        self.lift = nn.Linear(4, _WIDTH)
        self.code = nn.Linear(code_size, _WIDTH) if code_size else None
        self.join = None if code_size else nn.Linear(3 * _WIDTH, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, 2)
        self.register_buffer("octaves", math.pi * 2.0 ** torch.arange(_OCTAVES), persistent=False)

    def forward(self, points: torch.Tensor, code: torch.Tensor | None = None) -> torch.Tensor:
        """Points (b, n, 2), and the deformed ones; `code` is (b, code_size)."""
        offset = points - _CENTRE
        angle = torch.atan2(offset[..., 1], offset[..., 0])
        features = torch.stack([points[..., 0], points[..., 1], angle, offset.norm(dim=-1)], -1)
        waves = (features[..., None] * self.octaves).flatten(-2)
        joined = torch.cat([self.lift(features), waves.sin(), waves.cos()], -1)
        if self.code is not None:
            described = self.code(code)[:, None].expand(-1, points.shape[1], -1)
            joined = torch.cat([joined, described], -1)
        elif self.join is not None:
            joined = self.join(joined)
        for layer in self.hidden:
            joined = torch.tanh(layer(joined))
        return points + points * self.out(joined)
