"""Fourier layers: products with a few low modes, on grids and between scattered points and grids."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn


class ModeWeights(nn.Module):
    """One complex matrix per kept mode, stored as pairs of real numbers.

    Modes are m lowest of each axis: 0 … m−1 and −m … −1 of every axis but the last, 0 … m−1 of the last.

    Source   Li et al. 2021, arXiv 2010.08895; the start U[0, 1)/(n_in n_out) of the released code.
    """

    def __init__(self, n_in: int, n_out: int, modes: Sequence[int]) -> None:
        super().__init__()
        sizes = [2 * m for m in modes[:-1]] + [modes[-1]]
        scale = 1 / (n_in * n_out)
        # Real storage: averages of weights, optimizers and files then need no case of their own.
        self.pairs = nn.Parameter(scale * torch.rand(math.prod(sizes), n_in, n_out, 2))

    @property
    def weight(self) -> torch.Tensor:
        """(modes, n_in, n_out) complex."""
        return torch.view_as_complex(self.pairs)

    def forward(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Coefficients (b, modes, n_in) to (b, modes, n_out)."""
        # As one product per mode, with the modes as the batch.
        return torch.matmul(coefficients.transpose(0, 1), self.weight.to(coefficients.dtype)).transpose(0, 1)


class SpectralConvolution(nn.Module):
    """irfft(R · rfft u) with R on the lowest modes only, on fields (b, *grid, c).

    Raises nothing on grids too coarse for the modes: modes the grid does not have are left out.

    Source   Li et al. 2021, arXiv 2010.08895, equation 5.
    """

    # Where its weight lies, and the axes of outputs there and of channels in what it gives: for layers that self-tune.
    hyper = ("weights.pairs", 2, -1)

    def __init__(self, n_in: int, n_out: int, modes: Sequence[int]) -> None:
        super().__init__()
        self.modes = tuple(modes)
        self.weights = ModeWeights(n_in, n_out, modes)

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        """Fields (b, *grid, n_in) to (b, *grid, n_out)."""
        grid = fields.shape[1:-1]
        axes = tuple(range(1, 1 + len(grid)))
        # Half precision transforms exist for powers of two only.
        spectrum = torch.fft.rfftn(fields.to(torch.promote_types(fields.dtype, torch.float32)), dim=axes)
        kept = self._kept(grid)
        picked = spectrum[(slice(None), *_mesh(self._wrapped(kept, grid), fields.device))]
        weight = self.weights.weight.unflatten(0, self._sizes())[_mesh(kept, fields.device)].to(spectrum.dtype)
        out = spectrum.new_zeros(*spectrum.shape[:-1], weight.shape[-1])
        product = torch.einsum("b...i,...io->b...o", picked, weight)
        out[(slice(None), *_mesh(self._wrapped(kept, grid), fields.device))] = product
        return torch.fft.irfftn(out, s=grid, dim=axes).to(fields.dtype)

    def _sizes(self) -> list[int]:
        return [2 * m for m in self.modes[:-1]] + [self.modes[-1]]

    def _kept(self, grid: Sequence[int]) -> list[list[int]]:
        """Positions in the weights of the modes this grid has, per axis."""
        kept = []
        for n, m in zip(grid[:-1], self.modes[:-1], strict=True):
            low, high = min(m, (n + 1) // 2), min(m, n // 2)
            kept.append([*range(low), *range(2 * m - high, 2 * m)])
        return [*kept, list(range(min(self.modes[-1], grid[-1] // 2 + 1)))]

    def _wrapped(self, kept: list[list[int]], grid: Sequence[int]) -> list[list[int]]:
        """The same modes' positions in the spectrum."""
        sizes = self._sizes()
        return [
            [i if axis == len(grid) - 1 or i < sizes[axis] // 2 else grid[axis] - sizes[axis] + i for i in positions]
            for axis, positions in enumerate(kept)
        ]


def _mesh(positions: list[list[int]], device: torch.device) -> tuple[torch.Tensor, ...]:
    return torch.meshgrid(*(torch.tensor(p, device=device) for p in positions), indexing="ij")


def waves(points: torch.Tensor, modes: int) -> torch.Tensor:
    """exp(2πi k·x) for points (b, n, 2) and the kept modes k: (b, n, 2m · m) complex.

    k₁ runs over 0 … m−1, −m … −1 and k₂ over 0 … m−1, k₂ fastest.
    """
    whole = torch.arange(modes, dtype=points.dtype, device=points.device)
    first = torch.cat([whole, whole - modes])
    along = [2 * math.pi * points[..., axis, None] * k for axis, k in enumerate((first, whole))]
    one, two = (torch.polar(torch.ones_like(angle), angle) for angle in along)
    return (one[..., :, None] * two[..., None, :]).flatten(-2)


def modes_from_points(values: torch.Tensor, at: torch.Tensor, weights: torch.Tensor | float = 1.0) -> torch.Tensor:
    """Fourier sums c_k = Σ_n w_n u_n exp(−2πi k·x_n).

    Parameters
    ----------
    values   (b, n, c) real.
    at       (b, n, 2m · m), the `waves` of the points.
    weights  (b, n, 1) areas that add up to one, which make the sums integrals; 1 for plain sums.

    Returns
    -------
    (b, 2m · m, c) complex.
    """
    return at.mH @ (values * weights).to(at.dtype)


def points_from_modes(
    coefficients: torch.Tensor, at: torch.Tensor, modes: int, *, symmetric: bool = True
) -> torch.Tensor:
    """The real field whose half spectrum is given, at points: Re Σ_k c_k exp(2πi k·x), over both halves.

    Parameters
    ----------
    coefficients  (b, 2m · m, c).
    at            (b, n, 2m · m), the `waves` of the points.
    symmetric     pair c(k₁, k₂) with its conjugate at (−k₁, −k₂). False reproduces the released code, which
                  pairs it with (−1−k₁, −k₂) and so distorts every field that is not constant along the second axis.

    Returns
    -------
    (b, n, c) real.
    """
    n_points = at.shape[1]
    at = at.view(len(at), n_points, 2 * modes, modes)
    other = at[..., 1:] if symmetric else at[..., 1:] * at[:, :, 1:2, :1]
    both = torch.cat([at[..., :1], at[..., 1:] + other], -1).flatten(-2)
    # Re(a c) = Re a Re c − Im a Im c: two real products are half the work of a complex one.
    return both.real @ coefficients.real - both.imag @ coefficients.imag


def half_spectrum(fields: torch.Tensor, modes: int) -> torch.Tensor:
    """The kept modes (b, 2m · m, c) of fields (b, s₁, s₂, c): rfft2 cut to them."""
    spectrum = torch.fft.rfft2(fields, dim=(1, 2))[:, :, :modes]
    return torch.cat([spectrum[:, :modes], spectrum[:, -modes:]], 1).flatten(1, 2)


def from_half_spectrum(coefficients: torch.Tensor, modes: int, grid: Sequence[int]) -> torch.Tensor:
    """Fields (b, *grid, c) whose kept modes are given: the inverse of `half_spectrum`."""
    batch, _, channels = coefficients.shape
    full = coefficients.new_zeros(batch, grid[0], grid[1] // 2 + 1, channels)
    split = coefficients.unflatten(1, (2 * modes, modes))
    full[:, :modes, :modes], full[:, -modes:, :modes] = split[:, :modes], split[:, modes:]
    return torch.fft.irfft2(full, s=tuple(grid), dim=(1, 2))


def all_modes(modes: int) -> list[tuple[int, int]]:
    """The kept modes (k₁, k₂) in the order of `waves`."""
    return list(itertools.product([*range(modes), *range(-modes, 0)], range(modes)))
