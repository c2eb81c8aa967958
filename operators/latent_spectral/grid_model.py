"""Latent Spectral Models on grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from geomlearn.operators.latent_spectral.options import LatentSpectralOptions
from geomlearn.operators.latent_spectral.patches import plan
from geomlearn.operators.latent_spectral.unet import SpectralUNet
from geomlearn.operators.layers.coordinates import with_coordinates
from geomlearn.operators.layers.pieces import in_pieces


class LatentSpectralModel(nn.Module):
    """Maps fields on a grid of one, two or three axes to fields on the same grid.

    Parameters
    ----------
    resolution   points along each axis of the training grid; it decides patches and scales where the options do not.
                 Other resolutions are padded to whole patches as well, though accuracy does not carry over by itself.
    n_in, n_out  channels.

    Source   Wu et al. 2023, arXiv 2301.12664.
    Differs  1. Padding is cropped by size, so an axis that needs none keeps its points.
             2. Scales, patches, norm and frequencies are options; the released ones are `PUBLISHED`.
    """

    # Layers whose weights are read here instead of called.
    reads_weights = ("mix", "head.0")

    def __init__(
        self, resolution: Sequence[int], n_in: int, n_out: int, options: LatentSpectralOptions | None = None
    ) -> None:
        super().__init__()
        options = options or LatentSpectralOptions()
        self.scales, self.patch = plan(resolution, options)
        self.lift = nn.Linear(n_in + len(self.patch), options.width)
        self.unet = SpectralUNet(self.patch, self.scales, options)
        self.mix = nn.Linear(options.width, options.width)
        first = nn.Linear(options.width, options.head_width)
        self.head = nn.Sequential(first, nn.GELU(), nn.Linear(options.head_width, n_out))

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, n_in) to fields (b, *grid, n_out)."""
        grid = fields.shape[1:-1]
        lifted = self.lift(with_coordinates(fields))
        padding = [0, 0]
        for n, points in zip(reversed(grid), reversed(self.patch), strict=True):
            padding += [0, -n % (points * 2 ** (self.scales - 1))]
        carried = self.unet(nn.functional.pad(lifted, padding).movedim(-1, 1)).movedim(1, -1)
        inside = carried[(slice(None), *(slice(n) for n in grid))]
        return self._answer(inside)

    def _answer(self, field: torch.Tensor) -> torch.Tensor:
        # Two linear layers in a row are one; the product of their weights is smaller than any field.
        head, *rest = self.head
        first = cast(nn.Linear, head)
        weight, bias = first.weight @ self.mix.weight, first.weight @ self.mix.bias + first.bias

        def answer(points: torch.Tensor) -> torch.Tensor:
            points = nn.functional.linear(points, weight, bias)
            for layer in rest:
                points = layer(points)
            return points

        return in_pieces(answer, field)
