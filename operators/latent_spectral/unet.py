"""The U-Net that carries the spectral blocks on its skip connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions
from geomlearn.operators.latent_spectral.patches import from_patches, to_patches

_CONVOLUTION = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_POOL = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
_BATCH_NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_INSTANCE_NORM = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
_ENLARGE = {1: "linear", 2: "bilinear", 3: "trilinear"}


class SpectralUNet(nn.Module):
    """A U-Net on fields whose axes are whole multiples of patch · 2^(scales−1).

    Widths double with each scale except the last. With one scale it is a convolution and one block.

    Parameters
    ----------
    patch    points per patch along each axis, the same at every scale.
    scales   number of scales.
    options  width, norm, and the blocks'; `blocks=False` leaves the plain U-Net.
    """

    def __init__(self, patch: Sequence[int], scales: int, options: LatentSpectralOptions) -> None:
        super().__init__()
        self.patch, axes, norm = tuple(patch), len(patch), options.norm
        widths = [options.width * 2 ** min(scale, max(scales - 2, 0)) for scale in range(scales)]
        self.pool = _POOL[axes](2)
        self.enlarge = nn.Upsample(scale_factor=2, mode=_ENLARGE[axes], align_corners=True)
        inputs = [options.width, *widths[:-1]]
        self.down = nn.ModuleList(
            _double_convolution(axes, before, width, width, norm) for before, width in zip(inputs, widths, strict=True)
        )
        self.blocks = nn.ModuleList(NeuralSpectralBlock(width, options) for width in widths if options.blocks)
        self.up = nn.ModuleList()
        below = widths[-1]
        for scale in reversed(range(scales - 1)):
            joined, out = widths[scale] + below, widths[max(scale - 1, 0)]
            self.up.append(_double_convolution(axes, joined, joined // 2, out, norm))
            below = out

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        """Fields (b, width, *grid), and back in the same shape."""
        skips = []
        for scale, convolve in enumerate(self.down):
            field = convolve(self.pool(field) if scale else field)
            skips.append(field)
        if self.blocks:
            skips = [
                self._through_tokens(cast(NeuralSpectralBlock, block), skip)
                for block, skip in zip(self.blocks, skips, strict=True)
            ]
        field = skips.pop()
        for convolve in self.up:
            field = convolve(torch.cat([skips.pop(), self.enlarge(field)], 1))
        return field

    def _through_tokens(self, block: NeuralSpectralBlock, field: torch.Tensor) -> torch.Tensor:
        # The grid's own layout is channels last, so both turns are free.
        last = field.movedim(1, -1)
        return from_patches(block(to_patches(last, self.patch)), self.patch, last.shape).movedim(-1, 1)


def _double_convolution(axes: int, n_in: int, n_middle: int, n_out: int, norm: str) -> nn.Sequential:
    convolution = _CONVOLUTION[axes]
    return nn.Sequential(
        convolution(n_in, n_middle, 3, padding=1, bias=False),
        _norm(axes, n_middle, norm),
        nn.ReLU(inplace=True),
        convolution(n_middle, n_out, 3, padding=1, bias=False),
        _norm(axes, n_out, norm),
        nn.ReLU(inplace=True),
    )


def _norm(axes: int, width: int, norm: str) -> nn.Module:
    if norm == "batch":
        return _BATCH_NORM[axes](width)
    if norm == "instance":
        return _INSTANCE_NORM[axes](width, affine=True)
    return nn.GroupNorm(next(groups for groups in (8, 4, 3, 2, 1) if width % groups == 0), width)
