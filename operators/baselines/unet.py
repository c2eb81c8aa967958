"""The plain U-Net: what the Latent Spectral Models are without their blocks, and so the ablation that counts."""

from __future__ import annotations

from collections.abc import Sequence

from geomlearn.operators.baselines.options import UNetOptions
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions


class UNet(LatentSpectralModel):
    """Maps fields on a grid to fields on the same grid, layer for layer as `LatentSpectralModel` without blocks.

    Source   Ronneberger et al. 2015, arXiv 1505.04597, with bilinear enlarging.
    """

    def __init__(self, resolution: Sequence[int], n_in: int, n_out: int, options: UNetOptions | None = None) -> None:
        options = options or UNetOptions()
        full = LatentSpectralOptions(heads=1, blocks=False, **options.model_dump())
        super().__init__(resolution, n_in, n_out, full)
