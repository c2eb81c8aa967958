"""Fourier sums against the fast transform, and the pairing of modes."""

import math

import pytest
import torch

from geomlearn.operators.layers.coordinates import grid_coordinates, with_coordinates
from geomlearn.operators.layers.fourier import (
    SpectralConvolution,
    all_modes,
    from_half_spectrum,
    half_spectrum,
    modes_from_points,
    points_from_modes,
    waves,
)

M = 4


@pytest.fixture(autouse=True)
def double_precision():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def periodic_grid(n):
    return torch.stack(torch.meshgrid(torch.arange(n) / n, torch.arange(n) / n, indexing="ij"), -1).reshape(1, -1, 2)


def band_limited(points):
    """A real field with modes below M only."""
    x, y = points[..., 0], points[..., 1]
    one = torch.sin(2 * math.pi * (3 * x + 2 * y)) + 0.3 * torch.cos(2 * math.pi * (x - 3 * y))
    return (one + 0.7 * torch.cos(2 * math.pi * 2 * x) + 0.2)[..., None]


def test_on_a_uniform_grid_the_sums_are_the_fast_transform():  # 10
    values = torch.randn(2, 16, 16, 3)
    at = waves(periodic_grid(16).expand(2, -1, -1), M)
    sums = modes_from_points(values.flatten(1, 2), at)
    torch.testing.assert_close(sums, half_spectrum(values, M), rtol=0, atol=1e-10)


@pytest.mark.parametrize("symmetric", [True, False])
def test_there_and_back_gives_the_field_again_only_with_the_true_pairs(symmetric):  # 10
    points = periodic_grid(16)
    at, field = waves(points, M), band_limited(points)
    back = points_from_modes(modes_from_points(field, at, 1 / 256), at, M, symmetric=symmetric)
    error = float((back - field).norm() / field.norm())
    assert (error < 1e-10) if symmetric else (error > 0.3)


def test_the_published_pairing_is_reproduced():
    """As the released code fills the other half: both axes of the stored half turned around, then conjugated."""
    points, coefficients = torch.rand(1, 9, 2), torch.randn(1, 2 * M * M, 1, dtype=torch.cdouble)
    stored = coefficients.view(2 * M, M)
    full = torch.cat([stored, stored[:, 1:].flip(0, 1).conj()], 1)
    k1 = torch.cat([torch.arange(M), torch.arange(-M, 0)])[:, None]
    k2 = torch.cat([torch.arange(M), torch.arange(-(M - 1), 0)])[None, :]
    angle = 2 * math.pi * (points[0, :, 0, None, None] * k1 + points[0, :, 1, None, None] * k2)
    want = (full * torch.polar(torch.ones_like(angle), angle)).sum((1, 2)).real
    got = points_from_modes(coefficients, waves(points, M), M, symmetric=False)
    torch.testing.assert_close(got[0, :, 0], want)


def test_modes_stand_in_the_order_that_is_told():
    points = torch.rand(1, 5, 2)
    angle = 2 * math.pi * points @ torch.tensor(all_modes(M), dtype=torch.double).T
    torch.testing.assert_close(waves(points, M), torch.polar(torch.ones_like(angle), angle))


def test_the_half_spectrum_comes_back():
    field = band_limited(periodic_grid(12)).reshape(1, 12, 12, 1)
    torch.testing.assert_close(from_half_spectrum(half_spectrum(field, M), M, (12, 12)), field)


@pytest.mark.parametrize("grid", [(32,), (16, 12), (8, 10, 12)])
def test_a_spectral_convolution_with_unit_weights_is_a_low_pass(grid):
    modes = tuple(n // 2 for n in grid)
    layer = SpectralConvolution(2, 2, modes).double()
    with torch.no_grad():
        layer.weights.pairs.zero_()
        for channel in range(2):
            layer.weights.pairs[:, channel, channel, 0] = 1
    fields = torch.randn(2, *grid, 2)
    axes = tuple(range(1, len(grid) + 1))
    spectrum = torch.fft.rfftn(fields, dim=axes)
    spectrum[..., grid[-1] // 2, :] = 0
    want = torch.fft.irfftn(spectrum, s=grid, dim=axes)
    torch.testing.assert_close(layer(fields), want)


def test_a_spectral_convolution_carries_over_to_other_resolutions():
    layer = SpectralConvolution(1, 1, (M, M)).double()
    coarse, fine = (band_limited(periodic_grid(n)).reshape(1, n, n, 1) for n in (16, 48))
    torch.testing.assert_close(layer(fine)[:, ::3, ::3], layer(coarse))
    assert layer(torch.randn(1, 5, 3, 1)).shape == (1, 5, 3, 1)


def test_coordinates_reach_both_ends():
    at = grid_coordinates((3, 5))
    assert at[0, 0].tolist() == [0, 0]
    assert at[2, 4].tolist() == [1, 1]
    assert with_coordinates(torch.zeros(2, 3, 5, 1))[1, 1, 2].tolist() == [0, 0.5, 0.5]
