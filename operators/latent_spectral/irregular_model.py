"""Latent Spectral Models on points of the plane."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.latent_spectral.options import LatentSpectralIrregularOptions
from geomlearn.operators.latent_spectral.patches import plan
from geomlearn.operators.latent_spectral.unet import SpectralUNet
from geomlearn.operators.layers.pieces import in_pieces
from geomlearn.operators.layers.points_to_grid import Places, PointsToGrid


class LatentSpectralIrregular(nn.Module):
    """Maps functions on scattered points of the unit square to functions on the same points.

    Parameters
    ----------
    n_in, n_out   channels; the points themselves are features only if they are among the n_in.

    Source   Wu et al. 2023, arXiv 2301.12664, with the deformation of Li et al. 2022, arXiv 2207.05209.
    Differs  1. Modes are paired with their true conjugates (`symmetric`), where the released code is off by one mode.
             2. Fourier sums are weighted by area (`mean_sums`), so a denser cloud of the same field gives the same.
    """

    def __init__(self, n_in: int, n_out: int, options: LatentSpectralIrregularOptions | None = None) -> None:
        super().__init__()
        options = options or LatentSpectralIrregularOptions()
        resolution = (options.grid, options.grid)
        scales, patch = plan(resolution, options)
        self.padding = [-options.grid % (points * 2 ** (scales - 1)) for points in patch]
        self.carrier = PointsToGrid(
            options.width,
            options.grid,
            options.modes,
            deform=options.deform,
            code_size=options.code_size,
            symmetric=options.symmetric,
            mean_sums=options.mean_sums,
        )
        self.lift = nn.Linear(n_in, options.width)
        self.unet = SpectralUNet(patch, scales, options)
        self.mix = nn.Linear(options.width, options.width)
        self.head = nn.Sequential(
            nn.Linear(options.width, options.head_width), nn.GELU(), nn.Linear(options.head_width, n_out)
        )

    def forward(self, values: torch.Tensor, places: Places) -> torch.Tensor:
        """Values (b, n, n_in) at `places` to values (b, n, n_out)."""
        at = self.carrier.waves(places)
        field = nn.functional.gelu(self.carrier.enter(self.lift(values), places, at))
        grid = field.shape[1]
        padded = nn.functional.pad(field, [0, 0, 0, self.padding[1], 0, self.padding[0]])
        field = self.unet(padded.movedim(-1, 1)).movedim(1, -1)[:, :grid, :grid]
        return in_pieces(self.head, self.carrier.leave(self.mix(field), places, at))
