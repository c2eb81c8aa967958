"""The rivals: each has the property that its paper is about."""

import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.baselines.deeponet import DeepONet
from geomlearn.operators.baselines.fno import FNO, GeoFNO
from geomlearn.operators.baselines.laplace_spectral import LaplaceSpectral
from geomlearn.operators.baselines.options import (
    DeepONetOptions,
    FNOOptions,
    GeoFNOOptions,
    LaplaceSpectralOptions,
    TransolverOptions,
    UNetOptions,
)
from geomlearn.operators.baselines.transolver import SliceAttention, Transolver
from geomlearn.operators.baselines.unet import UNet
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions
from geomlearn.operators.layers.points_to_grid import Places
from geomlearn.operators.layers.shape_batch import Geometry, Level


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_u_net_is_lsm_without_blocks_weight_for_weight():
    one = UNet((32, 32), 1, 1, UNetOptions(width=8))
    other = LatentSpectralModel((32, 32), 1, 1, LatentSpectralOptions(width=8, blocks=False))
    other.load_state_dict(one.state_dict())
    one.eval(), other.eval()
    field = torch.randn(1, 32, 32, 1)
    assert torch.equal(one(field), other(field))


def test_fno_has_the_size_it_has_in_the_published_comparison():
    # Four layers of width 64 with 12 modes, complex weights counted twice: 9.46 million.
    assert count(FNO((85, 85), 1, 1, FNOOptions(width=64, modes=12))) == pytest.approx(9.46e6, rel=2e-3)


def test_fno_answers_at_any_resolution_alike():
    model = FNO((16, 16), 1, 1, FNOOptions(width=8, modes=3, layers=1))
    for layer in model.layers.local:
        torch.nn.init.zeros_(layer.weight)

    def low(n):
        x = torch.arange(n) / n
        return torch.sin(2 * torch.pi * (x[:, None] + 2 * x[None, :]))[None, ..., None]

    # The coordinates end at 1 on every grid, so leave them out of this.
    torch.nn.init.zeros_(model.lift.weight[:, 1:])
    torch.testing.assert_close(model(low(48))[:, ::3, ::3], model(low(16)), rtol=0, atol=1e-10)


@torch.no_grad()
def test_padding_is_a_length_that_other_grids_keep():
    torch.manual_seed(0)
    model = FNO((11, 16), 1, 1, FNOOptions(width=8, modes=3, layers=2, padding=4))

    def smooth(*grid):
        x, y = torch.meshgrid(*(torch.linspace(0, 1, n) for n in grid), indexing="ij")
        return torch.sin(2 * x + 3 * y)[None, ..., None]

    coarse, fine = model(smooth(11, 16)), model(smooth(41, 61))[:, ::4, ::4]
    # Ablation: the same number of points everywhere is another length.
    model._beyond = lambda n, made_for: 4
    other = model(smooth(41, 61))[:, ::4, ::4]
    assert float((fine - coarse).norm()) < 0.25 * float((other - coarse).norm())


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("grid", [(20,), (12, 9), (6, 5, 8)])
def test_fno_keeps_the_grid(grid, padding):
    model = FNO(grid, 2, 3, FNOOptions(width=4, modes=3, layers=2, padding=padding))
    assert model(torch.randn(2, *grid, 2)).shape == (2, *grid, 3)


def test_geo_fno_does_not_mind_the_order_of_points():
    model = GeoFNO(2, 1, GeoFNOOptions(width=4, modes=3, grid=12, layers=2))
    points, order = torch.rand(2, 30, 2), torch.randperm(30)
    out, shuffled = (model(x, Places(x)) for x in (points, points[:, order]))
    torch.testing.assert_close(shuffled, out[:, order], rtol=0, atol=1e-10)
    with pytest.raises(ParameterError, match="grid of at least 24"):
        GeoFNOOptions(modes=12, grid=20)


def test_transolver_does_not_mind_order_filling_or_splitting():
    model = Transolver(2, 1, TransolverOptions(width=16, layers=2, heads=4, slices=5))
    points, order = torch.randn(2, 30, 2), torch.randperm(30)
    torch.testing.assert_close(model(points[:, order]), model(points)[:, order], rtol=0, atol=1e-10)
    area = torch.rand(2, 30)
    area[:, 25:] = 0
    torch.testing.assert_close(model(points, area)[:, :25], model(points[:, :25], area[:, :25]), rtol=0, atol=1e-10)
    split = torch.cat([points, points[:, :1]], 1)
    halves = torch.cat([area[:, :1] / 2, area[:, 1:], area[:, :1] / 2], 1)
    torch.testing.assert_close(model(split, halves)[:, :30], model(points, area), rtol=0, atol=1e-10)


def test_slices_average_what_they_are_given():
    attention = SliceAttention(TransolverOptions(width=8, heads=2, slices=1))
    # One slice: every point reads the same.
    out = attention(torch.randn(1, 12, 8))
    torch.testing.assert_close(out, out[:, :1].expand_as(out))


def make_geometry(n=20, modes=6):
    evecs, _ = torch.linalg.qr(torch.randn(n, modes))
    evecs = evecs[None] * n**0.5
    mass = torch.full((1, n), 1 / n)
    level = Level(mass, evecs, torch.zeros(1, n, dtype=torch.long), torch.zeros(0, 0, dtype=torch.long))
    return Geometry(torch.randn(1, n, 3), torch.randn(1, n, 3), torch.arange(modes)[None].double(), (level,))


def test_the_laplace_operator_does_not_see_signs_of_eigenfunctions():
    from dataclasses import replace

    model = LaplaceSpectral(1, 1, LaplaceSpectralOptions(width=4, modes=6, layers=2))
    geometry, values = make_geometry(), torch.randn(1, 20, 1)
    level = geometry.levels[0]
    turned = replace(geometry, levels=(replace(level, evecs=-level.evecs),))
    torch.testing.assert_close(model(values, turned), model(values, geometry))


def test_deeponet_is_linear_in_its_trunk_and_fixed_to_its_grid():
    model = DeepONet((6, 5), 2, 3, DeepONetOptions(width=8, layers=2, rank=4))
    fields = torch.randn(2, 6, 5, 2)
    assert model(fields).shape == (2, 6, 5, 3)
    flat = (model(fields) - model.bias).flatten(1, 2)
    assert torch.linalg.matrix_rank(flat[..., 0].detach()) <= 4
    with pytest.raises(SizeMismatch, match="made for \\(6, 5\\)"):
        model(torch.randn(2, 6, 6, 2))
