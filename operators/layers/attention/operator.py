"""An operator whose only way across the domain is attention among all of its points."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.layers.attention.nalaformer import NormAwareLinearAttention
from geomlearn.operators.layers.attention.options import AttentionOptions
from geomlearn.operators.layers.attention.rivals import (
    EluAttention,
    GalerkinAttention,
    PolaAttention,
    ReluAttention,
    SoftmaxAttention,
)

_MIXERS = {
    "nala": NormAwareLinearAttention,
    "softmax": SoftmaxAttention,
    "elu": EluAttention,
    "relu": ReluAttention,
    "galerkin": GalerkinAttention,
    "polaformer": PolaAttention,
}


class GlobalMixer(nn.Module):
    """Queries, keys, values and a gate by one linear map; what is mixed, normalised and gated, by another.

    Whatever compares the tokens in between, all else is the same.
    """

    def __init__(self, options: AttentionOptions) -> None:
        super().__init__()
        self.heads = options.heads
        self.into = nn.Linear(options.width, 4 * options.width)
        self.mix = _MIXERS[options.attention](options.heads, options.width // options.heads)
        self.norm = nn.LayerNorm(options.width)
        self.out = nn.Linear(options.width, options.width)

    def forward(self, tokens: torch.Tensor, area: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens (b, n, width), and back in the same shape; `area` (b, n) is 0 where a row is only filling."""
        parts = self.into(tokens).chunk(4, -1)
        query, key, values = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts[:3])
        # Powers of half precision overflow: everything between the two linear maps is in single.
        with torch.autocast(tokens.device.type, enabled=False):
            share = None
            if area is not None:
                area = area.to(torch.promote_types(area.dtype, torch.float32))
                share = (area / area.sum(1, keepdim=True))[:, None, :, None].to(_single(query))
            mixed = self.mix(*(part.to(_single(part)) for part in (query, key, values)), share)
        mixed = self.norm(mixed.transpose(1, 2).flatten(-2))
        return self.out(mixed * nn.functional.silu(parts[3]))


class AttentionOperator(nn.Module):
    """Maps functions on any set of points to functions on the same points.

    Parameters
    ----------
    n_in   channels, the coordinates of the points among them.

    Source   Meng et al. 2025, arXiv 2506.21137 for the mixer; blocks of attention and pointwise layers as in
             Wu et al. 2024, arXiv 2402.02366.
    """

    def __init__(self, n_in: int, n_out: int, options: AttentionOptions | None = None) -> None:
        super().__init__()
        options = options or AttentionOptions()
        width, hidden = options.width, options.hidden_ratio * options.width
        self.lift = nn.Sequential(nn.Linear(n_in, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.mixers = nn.ModuleList(GlobalMixer(options) for _ in range(options.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * options.layers))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)) for _ in range(options.layers)
        )
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, n_out))

    def forward(self, values: torch.Tensor, area: torch.Tensor | None = None) -> torch.Tensor:
        """Values (b, n, n_in) to values (b, n, n_out); `area` (b, n) is 0 where a row is only filling."""
        tokens = self.lift(values)
        for index, (mixer, mlp) in enumerate(zip(self.mixers, self.mlps, strict=True)):
            tokens = tokens + mixer(self.norms[2 * index](tokens), area)
            tokens = tokens + mlp(self.norms[2 * index + 1](tokens))
        return self.head(tokens)


def _single(values: torch.Tensor) -> torch.dtype:
    return torch.promote_types(values.dtype, torch.float32)
