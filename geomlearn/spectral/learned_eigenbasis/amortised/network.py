"""The network that reads any cloud: tokens at landmarks, attention that decays with distance along the cloud."""

from __future__ import annotations

import math

import torch
from torch import nn

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

    _rows: torch.Tensor
    _columns: torch.Tensor
    crowd_widths: torch.Tensor

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

    def forward(
        self,
        points: torch.Tensor,
        local: torch.Tensor,
        distances: torch.Tensor,
        landmarks: torch.Tensor,
        batch: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(n, k) columns at the points of one cloud, or of several one after another.

        Parameters
        ----------
        points, local, distances, landmarks   as `CloudTensors`; of several clouds, landmarks are rows of all points.
        batch (n,)   which cloud a point belongs to, ascending; None where there is one.
        """
        if batch is None:
            batch = points.new_zeros(len(points), dtype=torch.long)
        n_landmarks, squared = distances.shape[1], distances.square()
        b = len(landmarks) // n_landmarks
        sizes = torch.bincount(batch, minlength=b).tolist()
        log_mass = self.mass(local)
        # Each landmark stands for the points nearest to it.
        nearest = batch * n_landmarks + squared.argmin(-1)
        cell = points.new_zeros(b * n_landmarks).index_add(0, nearest, _shares(log_mass, batch, b))
        log_cell = cell.view(b, n_landmarks).clamp_min(1e-9).log()
        of_cloud = log_cell[batch]
        crowds = [torch.logsumexp(of_cloud - squared / (2 * w * w), -1) for w in self.crowd_widths]
        own = torch.cat([points, points[:, self._rows] * points[:, self._columns], torch.stack(crowds, -1)], -1)
        described = self.describe(own)
        tokens = described[landmarks].view(b, n_landmarks, -1)
        between = squared[landmarks].view(b, n_landmarks, n_landmarks)
        between = 0.5 * (between + between.mT)
        for attention, feed in zip(self.attentions, self.feeds, strict=True):
            tokens = tokens + attention(tokens, between, log_cell)
            tokens = tokens + feed(tokens)
        values = self.values(tokens).view(b, n_landmarks, self.options.n_heads, -1).transpose(1, 2)
        # The one product that differs from cloud to cloud.
        pieces = zip(squared.split(sizes), log_cell, values, strict=True)
        gathered = torch.cat([self._gathered(*piece) for piece in pieces])
        joined = self.join(torch.cat([gathered, described], -1))
        modes = self.head(torch.cat([gathered, joined, points], -1))
        return weighted_columns(log_mass, modes)

    def _gathered(self, squared: torch.Tensor, log_cell: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """(n, h · c) from values (h, l, c) at the landmarks of one cloud, with kernels of several widths."""
        kernel = torch.softmax(_kernel_logits(squared, log_cell, self.log_width), dim=-1)
        return (kernel @ values).transpose(0, 1).flatten(1)


def _shares(log_mass: torch.Tensor, batch: torch.Tensor, b: int) -> torch.Tensor:
    """(n,) masses over the sum of their cloud."""
    largest = log_mass.new_full((b,), -torch.inf).scatter_reduce(0, batch, log_mass.detach(), "amax")
    mass = torch.exp(log_mass - largest[batch])
    return mass / mass.new_zeros(b).index_add(0, batch, mass)[batch]


def _kernel_logits(squared: torch.Tensor, log_share: torch.Tensor, log_width: torch.Tensor) -> torch.Tensor:
    """(…, h, n, l) logarithms of Gaussian kernels times the share of each key, from (…, n, l) and (…, l)."""
    rate = 0.5 * torch.exp(-2 * log_width)
    return log_share[..., None, None, :] - rate[:, None, None] * squared[..., None, :, :]


def _log_widths(n_heads: int, widest: float = _WIDEST) -> torch.Tensor:
    return torch.linspace(math.log(_NARROWEST), math.log(widest), n_heads)
