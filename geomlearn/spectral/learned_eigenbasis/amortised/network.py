"""The network that reads any cloud: tokens at landmarks, attention that decays with distance along the cloud."""

from __future__ import annotations

import math

import torch
from torch import nn

from geomlearn.spectral.learned_eigenbasis.amortised.clouds import CloudTensors
from geomlearn.spectral.learned_eigenbasis.coordinate_network import MassHead, weighted_columns
from geomlearn.spectral.learned_eigenbasis.options import NetworkOptions

# Widths of Gaussian kernels at the start, in roots of the volume: from the spacing of landmarks to the whole cloud.
_NARROWEST, _WIDEST = 0.06, 1.0
_N_CROWDS = 6


class _Attention(nn.Module):
    """Multi-head attention whose logits fall with the squared distance, each head at its own rate."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.log_width = nn.Parameter(_log_widths(n_heads))

    def forward(self, tokens: torch.Tensor, squared: torch.Tensor, log_share: torch.Tensor) -> torch.Tensor:
        b, n, width = tokens.shape
        q, k, v = self.qkv(self.norm(tokens)).view(b, n, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4)
        bias = _kernel_logits(squared, log_share, self.log_width)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.out(mixed.transpose(1, 2).reshape(b, n, width))


class LandmarkNetwork(nn.Module):
    """Columns of a basis on any cloud.

    Parameters
    ----------
    n_dimensions   of the points, d.
    options        sizes.

    Points are described to the landmarks' tokens, which attend to each other; every point then gathers from the
    tokens with kernels of several widths, adds what it knows of itself, and a linear head gives the modes.

    Source   Velich et al. 2026, arXiv 2512.01103 (the amortised network).
    Differs  1. Attention among landmarks instead of all points: linear in the number of points.
             2. Logits fall with the squared distance along the cloud, as heat does.
             3. Keys are weighted by the share of the cloud a landmark stands for, so that density does not matter.
             4. Coordinates in the cloud's principal frame: turned clouds give the same basis.
    """

    def __init__(self, n_dimensions: int, options: NetworkOptions) -> None:
        super().__init__()
        self.n_dimensions, self.options = n_dimensions, options
        width, heads = options.width, options.n_heads
        size = n_dimensions + n_dimensions * (n_dimensions + 1) // 2 + _N_CROWDS
        self.describe = nn.Sequential(nn.Linear(size, width), nn.GELU(), nn.Linear(width, width))
        self.attentions = nn.ModuleList(_Attention(width, heads) for _ in range(options.n_layers))
        self.feeds = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(options.n_layers)
        )
        self.values = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width))
        self.log_width = nn.Parameter(_log_widths(heads, _WIDEST / 2))
        self.join = nn.Sequential(nn.Linear(3 * width, 2 * width), nn.GELU(), nn.Linear(2 * width, width), nn.GELU())
        self.head = nn.Linear(3 * width + n_dimensions, options.k - 1)
        self.mass = MassHead()
        rows, columns = torch.triu_indices(n_dimensions, n_dimensions)
        self.register_buffer("_rows", rows, persistent=False)
        self.register_buffer("_columns", columns, persistent=False)
        self.register_buffer("crowd_widths", torch.logspace(math.log10(0.08), math.log10(1.0), _N_CROWDS))

    def forward(self, clouds: CloudTensors) -> torch.Tensor:
        """(b, n, k) columns; rows that are only filling are zero."""
        points, squared = clouds.points, clouds.distances.square()
        log_mass = self.mass(clouds.local).masked_fill(~clouds.present, -1e4)
        share = torch.softmax(log_mass, dim=-1)
        # Each landmark stands for the points nearest to it.
        nearest = nn.functional.one_hot(squared.argmin(-1), squared.shape[-1]).to(share.dtype)
        cell = torch.einsum("bn,bnl->bl", share, nearest)
        log_cell = cell.clamp_min(1e-9).log()
        crowds = [torch.logsumexp(log_cell[:, None] - squared / (2 * w * w), -1) for w in self.crowd_widths]
        own = torch.cat([points, points[..., self._rows] * points[..., self._columns], torch.stack(crowds, -1)], -1)
        described = self.describe(own)
        at = clouds.landmarks
        tokens = _rows_at(described, at)
        between = _rows_at(squared, at)
        between = 0.5 * (between + between.mT)
        for attention, feed in zip(self.attentions, self.feeds, strict=True):
            tokens = tokens + attention(tokens, between, log_cell)
            tokens = tokens + feed(tokens)
        b, n_landmarks, _ = tokens.shape
        values = self.values(tokens).view(b, n_landmarks, self.options.n_heads, -1).transpose(1, 2)
        kernel = torch.softmax(_kernel_logits(squared, log_cell, self.log_width), dim=-1)
        gathered = (kernel @ values).transpose(1, 2).flatten(2)
        joined = self.join(torch.cat([gathered, described], -1))
        modes = self.head(torch.cat([gathered, joined, points], -1))
        return weighted_columns(log_mass, modes)


def _rows_at(values: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """(b, l, c) the rows of values (b, n, c) at indices (b, l)."""
    return values.gather(1, at.unsqueeze(-1).expand(-1, -1, values.shape[-1]))


def _kernel_logits(squared: torch.Tensor, log_share: torch.Tensor, log_width: torch.Tensor) -> torch.Tensor:
    """(b, h, n, l) logarithms of Gaussian kernels times the share of each key."""
    rate = 0.5 * torch.exp(-2 * log_width)
    return log_share[:, None, None] - rate[None, :, None, None] * squared[:, None]


def _log_widths(n_heads: int, widest: float = _WIDEST) -> torch.Tensor:
    return torch.linspace(math.log(_NARROWEST), math.log(widest), n_heads)
