"""From scattered points of the plane to a uniform grid and back, by Fourier sums in learned coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.layers.coordinates import grid_coordinates
from geomlearn.operators.layers.deformation import Deformation
from geomlearn.operators.layers.fourier import (
    ModeWeights,
    from_half_spectrum,
    half_spectrum,
    modes_from_points,
    points_from_modes,
    waves,
)


@dataclass(frozen=True)
class Places:
    """Where the points of a batch lie.

    Attributes
    ----------
    points   (b, n, 2).
    weights  (b, n) areas that add up to one per sample, or None for equal ones.
    code     (b, code_size) a description of each geometry, or None.
    """

    points: torch.Tensor
    weights: torch.Tensor | None = None
    code: torch.Tensor | None = None


class PointsToGrid(nn.Module):
    """Carries features of points to a grid (`enter`) and back (`leave`).

    Parameters
    ----------
    width      channels.
    grid       points per axis of the uniform grid over the unit square.
    modes      Fourier modes kept per axis.
    deform     learn the coordinates in which the Fourier sums are taken.
    code_size  numbers that describe each geometry.
    symmetric  pair modes with their true conjugates on the way out; see `points_from_modes`.
    mean_sums  weigh the sums by area (or 1/n) and scale them to the grid, so that the outcome does not depend on how
               many points there are; False adds them up, as released.

    Source   Li et al. 2022, arXiv 2207.05209, section 3.2.
    """

    def __init__(
        self,
        width: int,
        grid: int,
        modes: int,
        *,
        deform: bool = True,
        code_size: int = 0,
        symmetric: bool = True,
        mean_sums: bool = True,
    ) -> None:
        super().__init__()
        self.grid, self.modes, self.code_size = (grid, grid), modes, code_size
        self.symmetric, self.mean_sums = symmetric, mean_sums
        self.deformation = Deformation(code_size) if deform else None
        self.weights_in = ModeWeights(width, width, (modes, modes))
        self.weights_out = ModeWeights(width, width, (modes, modes))
        self.at_grid = nn.Linear(2, width)
        self.at_points = nn.Linear(2, width)

    def waves(self, places: Places) -> torch.Tensor:
        """The waves at the deformed points, which both ways share."""
        if (places.code is None) != (self.code_size == 0):
            raise ParameterError(
                "The model was made for geometries with a code of "
                f"{self.code_size} numbers, and {'none was' if places.code is None else 'one was'} given.",
                "Give data of the kind it was trained on.",
            )
        points = places.points
        if points.shape[-1] != 2:
            raise SizeMismatch(
                f"Points of {points.shape[-1]} coordinates meet a model of the plane.", "Give (b, n, 2)."
            )
        return waves(points if self.deformation is None else self.deformation(points, places.code), self.modes)

    def enter(self, values: torch.Tensor, places: Places, at: torch.Tensor) -> torch.Tensor:
        """Features (b, n, c) to fields (b, grid, grid, c)."""
        weights: torch.Tensor | float = 1.0
        if self.mean_sums:
            n_grid = self.grid[0] * self.grid[1]
            weights = n_grid / values.shape[1] if places.weights is None else n_grid * places.weights[..., None]
        modes = self.weights_in(modes_from_points(values, at, weights))
        field = from_half_spectrum(modes, self.modes, self.grid)
        return field + self.at_grid(grid_coordinates(self.grid, field))

    def leave(self, field: torch.Tensor, places: Places, at: torch.Tensor) -> torch.Tensor:
        """Fields (b, grid, grid, c) to features (b, n, c)."""
        modes = self.weights_out(half_spectrum(field, self.modes))
        if self.mean_sums:
            modes = modes / (self.grid[0] * self.grid[1])
        return points_from_modes(modes, at, self.modes, symmetric=self.symmetric) + self.at_points(places.points)
