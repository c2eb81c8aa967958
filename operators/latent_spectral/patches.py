"""Cutting grids into patches, and choosing their size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions

# With fewer points along an axis there is little to compress, and the block only costs time.
_SMALLEST_PATCH = 6
_MOST_SCALES = 5


def plan(resolution: Sequence[int], options: LatentSpectralOptions) -> tuple[int, tuple[int, ...]]:
    """Scales and points per patch for a grid, where the options leave them open.

    The published rule: the grid is padded to whole patches, and the coarsest scale is one patch.

    Raises
    ------
    ParameterError   the options give a patch for another number of axes, or the coarsest scale is a single point,
                     which instance norm would erase.
    """
    if options.patch and len(options.patch) != len(resolution):
        raise ParameterError(
            f"patch has {len(options.patch)} numbers, but the grid has {len(resolution)} axes.", "Give one per axis."
        )
    scales = options.scales
    if scales is None:
        fits = [s for s in range(1, _MOST_SCALES + 1) if min(resolution) / 2 ** (s - 1) > _SMALLEST_PATCH - 1]
        scales = max(fits, default=1)
    patch = options.patch or tuple(math.ceil(n / 2 ** (scales - 1)) for n in resolution)
    coarsest = [
        points * math.ceil(n / (points * 2 ** (scales - 1))) for n, points in zip(resolution, patch, strict=True)
    ]
    if options.norm == "instance" and math.prod(coarsest) == 1:
        raise ParameterError("The coarsest scale is a single point, which instance norm erases.", "Use fewer scales.")
    return scales, patch


def to_patches(field: torch.Tensor, patch: Sequence[int]) -> torch.Tensor:
    """Patches (b · p, l, c) of fields (b, *grid, c) whose axes are whole multiples of the patch."""
    batch, *grid, channels = field.shape
    split = [size for n, points in zip(grid, patch, strict=True) for size in (n // points, points)]
    axes = len(grid)
    order = (0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1)
    return field.reshape(batch, *split, channels).permute(order).reshape(-1, math.prod(patch), channels)


def from_patches(patches: torch.Tensor, patch: Sequence[int], shape: Sequence[int]) -> torch.Tensor:
    """The fields of shape (b, *grid, c) that `to_patches` cut."""
    batch, *grid, channels = shape
    counts = [n // points for n, points in zip(grid, patch, strict=True)]
    axes = len(grid)
    order = (
        0,
        *(axis for pair in zip(range(1, axes + 1), range(axes + 1, 2 * axes + 1), strict=True) for axis in pair),
    )
    return patches.reshape(batch, *counts, *patch, channels).permute(*order, 2 * axes + 1).reshape(shape)
