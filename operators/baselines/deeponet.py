"""Deep operator networks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.baselines.options import DeepONetOptions
from geomlearn.operators.layers.coordinates import grid_coordinates


class DeepONet(nn.Module):
    """u(x) = Σ_r branch_r(a) trunk_r(x): the input is seen whole, so its places are fixed for ever.

    Parameters
    ----------
    resolution   points along each axis of the grid, which all inputs must have.

    Source   Lu et al. 2021, arXiv 1910.03193, the unstacked version with bias.
    """

    def __init__(
        self, resolution: Sequence[int], n_in: int, n_out: int, options: DeepONetOptions | None = None
    ) -> None:
        super().__init__()
        options = options or DeepONetOptions()
        self.resolution, self.n_out = tuple(resolution), n_out
        width, rank = options.width, options.rank * n_out
        hidden = [width] * options.layers
        self.branch = _perceptron([n_in * math.prod(resolution), *hidden, rank])
        self.trunk = _perceptron([len(resolution), *hidden, rank])
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *resolution, n_in) to fields (b, *resolution, n_out)."""
        grid = fields.shape[1:-1]
        if tuple(grid) != self.resolution:
            raise SizeMismatch(
                f"A DeepONet made for {self.resolution} points is given {tuple(grid)}.", "Resample the input."
            )
        coefficients = self.branch(fields.flatten(1)).unflatten(-1, (self.n_out, -1))
        functions = self.trunk(grid_coordinates(grid, fields)).unflatten(-1, (self.n_out, -1))
        return torch.einsum("bor,...or->b...o", coefficients, functions) + self.bias


def _perceptron(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.GELU()]
    return nn.Sequential(*layers[:-1])
