"""Looking into the spectral blocks: which token each point listens to, and what the blocks do to a token's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.patches import from_patches
from geomlearn.operators.latent_spectral.shape_model import LatentSpectralShapes
from geomlearn.operators.layers.shape_batch import Geometry

_STEPS = 201


@dataclass(frozen=True)
class ScalarMaps:
    """What one block does to the value of a token, channel by channel.

    Attributes
    ----------
    before   (201,) values from the least to the largest that the block met.
    after    (width, 201).
    """

    before: torch.Tensor
    after: torch.Tensor


@torch.no_grad()
def strongest_tokens(network: nn.Module, values: torch.Tensor, where: Any = None) -> tuple[torch.Tensor, ...]:
    """For one sample, the token that each point reads most, all heads together: (*grid,) or (n,) for each scale.

    Coarser scales are carried to the points of the finest. Empty for networks without spectral blocks, and for those
    whose grid is not that of the sample.
    """
    if not isinstance(network, LatentSpectralModel | LatentSpectralShapes):
        return ()
    seen = _inputs_of_blocks(network, values, where)
    winners = [block.shares(*given).sum(-1).argmax(-1) for block, given in seen]
    if isinstance(network, LatentSpectralModel):
        return tuple(_on_grid(winner, network, values.shape[1:-1]) for winner in winners)
    return tuple(_on_shape(winner, scale, where) for scale, winner in enumerate(winners))


@torch.no_grad()
def scalar_maps(network: nn.Module, values: torch.Tensor, where: Any = None) -> tuple[ScalarMaps, ...]:
    """The learned maps T to T' of each block, over the range of tokens that one sample brings about."""
    maps = []
    for block, given in _inputs_of_blocks(network, values, where):
        tokens = block.encode(*given)
        before = torch.linspace(float(tokens.min()), float(tokens.max()), _STEPS)
        maps.append(ScalarMaps(before, block.step(before[:, None].expand(-1, tokens.shape[-1])).T))
    return tuple(maps)


def _inputs_of_blocks(network: nn.Module, values: torch.Tensor, where: Any) -> list[tuple[NeuralSpectralBlock, tuple]]:
    seen: list[tuple[NeuralSpectralBlock, tuple]] = []
    blocks = [module for module in network.modules() if isinstance(module, NeuralSpectralBlock)]
    hooks = [block.register_forward_pre_hook(lambda block, given: seen.append((block, given))) for block in blocks]
    try:
        network(values) if where is None else network(values, where)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def _on_grid(winner: torch.Tensor, network: LatentSpectralModel, grid: tuple[int, ...]) -> torch.Tensor:
    coarsest = 2 ** (network.scales - 1)
    padded = [n + -n % (points * coarsest) for n, points in zip(grid, network.patch, strict=True)]
    # All scales have patches of equally many points, so the number of patches tells the scale.
    sizes = [[n // 2**scale for n in padded] for scale in range(network.scales)]
    size = next(s for s in sizes if torch.Size(s).numel() == winner.numel())
    field = from_patches(winner[..., None], network.patch, (1, *size, 1))[0, ..., 0]
    for axis, (fine, coarse) in enumerate(zip(padded, size, strict=True)):
        field = field.repeat_interleave(fine // coarse, axis)
    return field[tuple(slice(n) for n in grid)]


def _on_shape(winner: torch.Tensor, scale: int, geometry: Geometry) -> torch.Tensor:
    level = geometry.levels[scale]
    field = winner.new_zeros(level.mass.numel())
    inside = level.patches >= 0
    field[level.patches[inside]] = winner[inside]
    for finer in reversed(geometry.levels[:scale]):
        field = field[finer.parent[0]]
    return field
