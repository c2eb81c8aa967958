"""Fourier neural operators, on grids and on points of the plane."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.operators.baselines.options import FNOOptions, GeoFNOOptions
from geomlearn.operators.layers.coordinates import with_coordinates
from geomlearn.operators.layers.fourier import SpectralConvolution
from geomlearn.operators.layers.pieces import in_pieces
from geomlearn.operators.layers.points_to_grid import Places, PointsToGrid

_MODES = 12


class FourierLayers(nn.Module):
    """v ← GELU(irfft(R rfft v) + W v), the last without GELU."""

    def __init__(self, width: int, modes: Sequence[int], layers: int) -> None:
        super().__init__()
        self.spectral = nn.ModuleList(SpectralConvolution(width, width, modes) for _ in range(layers))
        self.local = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, width), and back in the same shape."""
        last = len(self.local) - 1
        for index, (spectral, local) in enumerate(zip(self.spectral, self.local, strict=True)):
            fields = spectral(fields) + local(fields)
            if index < last:
                fields = nn.functional.gelu(fields)
        return fields


class FNO(nn.Module):
    """Maps fields on a grid of one, two or three axes to fields on the same grid, whatever its resolution.

    Raises
    ------
    ParameterError   more modes are asked for than the grid, padded, has.

    Source   Li et al. 2021, arXiv 2010.08895.
    Differs  Padding is a length: on another grid it is as many points as leave waves their length.
    """

    def __init__(self, resolution: Sequence[int], n_in: int, n_out: int, options: FNOOptions | None = None) -> None:
        super().__init__()
        options = options or FNOOptions()
        axes = len(resolution)
        self.padding, self.resolution = options.padding, tuple(resolution)
        self.lift = nn.Linear(n_in + axes, options.width)
        modes = _modes(options, min(self.resolution) + options.padding)
        self.layers = FourierLayers(options.width, (modes,) * axes, options.layers)
        self.head = _head(options.width, options.head_width, n_out)

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, n_in) to fields (b, *grid, n_out)."""
        grid = fields.shape[1:-1]
        padding = [
            side
            for n, made_for in zip(grid[::-1], self.resolution[::-1], strict=True)
            for side in (0, self._beyond(n, made_for))
        ]
        lifted = nn.functional.pad(self.lift(with_coordinates(fields)), [0, 0, *padding])
        inside = self.layers(lifted)[(slice(None), *(slice(n) for n in grid))]
        return in_pieces(self.head, inside)

    def _beyond(self, n: int, made_for: int) -> int:
        """Points of padding behind n nodes, both ends of the domain among them."""
        if not self.padding or made_for < 2:
            return self.padding
        return max(0, round((made_for + self.padding) / (made_for - 1) * (n - 1) - n))


def _modes(options: FNOOptions, shortest: int) -> int:
    """The modes to keep; from the Nyquist frequency on they do not exist, and would be weights that do nothing."""
    most = (shortest + 1) // 2
    if options.modes is not None and options.modes > most:
        raise ParameterError(
            f"{options.modes} Fourier modes need {2 * options.modes - 1} points along each axis; the shortest has "
            f"{shortest}.",
            f"Use modes ≤ {most}.",
        )
    return options.modes or min(_MODES, most)


class GeoFNO(nn.Module):
    """Maps functions on points of the unit square to functions on the same points.

    Source   Li et al. 2022, arXiv 2207.05209.
    Differs  Modes are paired with their true conjugates and sums are weighted, both as options.
    """

    def __init__(self, n_in: int, n_out: int, options: GeoFNOOptions | None = None) -> None:
        super().__init__()
        options = options or GeoFNOOptions()
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
        self.layers = FourierLayers(options.width, (options.modes,) * 2, options.layers)
        self.head = _head(options.width, options.head_width, n_out)

    def forward(self, values: torch.Tensor, places: Places) -> torch.Tensor:
        """Values (b, n, n_in) at `places` to values (b, n, n_out)."""
        at = self.carrier.waves(places)
        field = nn.functional.gelu(self.carrier.enter(self.lift(values), places, at))
        return in_pieces(self.head, self.carrier.leave(self.layers(field), places, at))


def _head(width: int, hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, n_out))
