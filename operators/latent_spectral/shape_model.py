"""Latent Spectral Models on triangle meshes and point clouds."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.options import LatentSpectralShapesOptions
from geomlearn.operators.layers.pieces import in_pieces
from geomlearn.operators.layers.shape_batch import Geometry, GeometryNeeds, Level

_SMALLEST_AREA = 1e-12


class LatentSpectralShapes(nn.Module):
    """Maps functions on shapes to functions on the same shapes; one model serves shapes it has never seen.

    The U-Net of the paper with its parts exchanged for those of surfaces: patches are clusters that grow along edges,
    tokens are integrals over them, pooling averages over clusters, and convolutions become learned heat flow.

    Source   Wu et al. 2023, arXiv 2301.12664, for the blocks; Sharp et al. 2022, arXiv 2012.00888, for heat flow.
    Differs  This variant is ours. The paper stops at grids and points of the plane.
    """

    def __init__(self, n_in: int, n_out: int, options: LatentSpectralShapesOptions | None = None) -> None:
        super().__init__()
        options = options or LatentSpectralShapesOptions()
        scales, width = options.scales, options.width
        self.needs = GeometryNeeds(modes=options.modes, scales=scales, patch=options.patch if options.blocks else 0)
        widths = [width * 2 ** min(scale, max(scales - 2, 0)) for scale in range(scales)]
        self.lift = nn.Linear(n_in + 6, width)
        self.down = nn.ModuleList(
            HeatLayer(before, after) for before, after in zip([width, *widths[:-1]], widths, strict=True)
        )
        self.blocks = nn.ModuleList(NeuralSpectralBlock(size, options) for size in widths if options.blocks)
        self.up = nn.ModuleList()
        below = widths[-1]
        for scale in reversed(range(scales - 1)):
            out = widths[max(scale - 1, 0)]
            self.up.append(HeatLayer(widths[scale] + below, out))
            below = out
        self.head = nn.Sequential(nn.Linear(width, options.head_width), nn.GELU(), nn.Linear(options.head_width, n_out))

    def forward(self, values: torch.Tensor, geometry: Geometry) -> torch.Tensor:
        """Values (b, n, n_in) on a batch of shapes to values (b, n, n_out)."""
        field = self.lift(torch.cat([values, geometry.points, geometry.normals], -1))
        skips = []
        for scale, layer in enumerate(self.down):
            if scale:
                field = _pooled(field, geometry.levels[scale - 1], geometry.levels[scale])
            field = layer(field, geometry.levels[scale], geometry.evals)
            skips.append(field)
        for scale, block in enumerate(self.blocks):
            skips[scale] = _through_tokens(cast(NeuralSpectralBlock, block), skips[scale], geometry.levels[scale])
        field = skips.pop()
        for layer in self.up:
            level = geometry.levels[len(skips) - 1]
            # Each point takes the value of its cluster.
            spread = field.flatten(0, 1)[level.parent]
            field = layer(torch.cat([skips.pop(), spread], -1), level, geometry.evals)
        return in_pieces(self.head, field)


class HeatLayer(nn.Module):
    """v = W u, then v + GELU(norm(W' [v, v − heat_t(v)])) with a time t learned for each channel.

    Source   Sharp et al. 2022, arXiv 2012.00888.
    Differs  Without gradients, and the layer sees what heat takes away, which vanishes for constants.
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, n_out)
        self.second = nn.Linear(2 * n_out, n_out)
        self.norm = nn.LayerNorm(n_out)
        # From the size of a patch to the size of the shape, whose radius is one.
        self.log_time = nn.Parameter(torch.linspace(-6, 0, n_out))

    def forward(self, field: torch.Tensor, level: Level, evals: torch.Tensor) -> torch.Tensor:
        """Fields (b, n, n_in) to (b, n, n_out)."""
        mixed = self.first(field)
        coefficients = level.evecs.transpose(1, 2) @ (level.mass[..., None] * mixed)
        heat = level.evecs @ (coefficients * torch.exp(-evals[..., None] * self.log_time.exp()))
        return mixed + nn.functional.gelu(self.norm(self.second(torch.cat([mixed, mixed - heat], -1))))


def _pooled(field: torch.Tensor, level: Level, above: Level) -> torch.Tensor:
    """Means over clusters, weighted by area: (b, n, c) to (b, n of the next scale, c)."""
    batch, _, channels = field.shape
    sums = field.new_zeros(above.mass.numel(), channels)
    sums.index_add_(0, level.parent.flatten(), (field * level.mass[..., None]).flatten(0, 1))
    return sums.view(batch, -1, channels) / above.mass.clamp_min(_SMALLEST_AREA)[..., None]


def _through_tokens(block: NeuralSpectralBlock, field: torch.Tensor, level: Level) -> torch.Tensor:
    flat, at = field.flatten(0, 1), level.patches.clamp_min(0)
    inside = level.patches >= 0
    area = level.mass.flatten()[at].clamp_min(_SMALLEST_AREA)
    moved = block(flat[at], torch.where(inside, area.log(), -torch.inf))
    return flat.index_copy(0, level.patches[inside], moved[inside]).view_as(field)
