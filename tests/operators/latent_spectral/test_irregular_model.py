"""LSM on scattered points."""

import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.latent_spectral.irregular_model import LatentSpectralIrregular
from geomlearn.operators.latent_spectral.options import PUBLISHED, LatentSpectralIrregularOptions
from geomlearn.operators.layers.points_to_grid import Places

SMALL = LatentSpectralIrregularOptions(width=8, heads=2, tokens=2, n_frequencies=3, head_width=16, grid=16, modes=4)


@pytest.fixture(autouse=True)
def seeded():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_it_has_exactly_the_published_number_of_parameters():
    model = LatentSpectralIrregular(2, 1, PUBLISHED["elasticity-points"])
    deformation = count(model.carrier.deformation)
    assert count(model) - deformation == 5_992_609
    # The released deformation also holds the layer for a code of 42 numbers, which this setting never uses.
    assert deformation + 42 * 32 + 32 == 63_746
    coded = LatentSpectralIrregular(2, 1, SMALL.replace(code_size=42)).carrier.deformation
    assert count(coded) + 96 * 128 + 128 == 63_746


def test_points_may_come_in_any_order():
    model = LatentSpectralIrregular(2, 1, SMALL).eval().double()
    points, order = torch.rand(2, 60, 2, dtype=torch.double), torch.randperm(60)
    out, shuffled = (model(x, Places(x)) for x in (points, points[:, order]))
    torch.testing.assert_close(shuffled, out[:, order], rtol=0, atol=1e-12)


@pytest.mark.parametrize("mean_sums", [True, False])
def test_a_point_split_in_two_halves_changes_nothing_where_sums_are_weighted(mean_sums):
    model = LatentSpectralIrregular(2, 1, SMALL.replace(mean_sums=mean_sums)).eval().double()
    points = torch.rand(1, 60, 2, dtype=torch.double)
    area = torch.rand(1, 60, dtype=torch.double)
    area = area / area.sum()
    split = torch.cat([points, points[:, -1:]], 1)
    halves = torch.cat([area[:, :-1], area[:, -1:].expand(1, 2) / 2], 1)
    whole = model(points, Places(points, area))
    again = model(split, Places(split, halves))[:, :60]
    same = bool(torch.allclose(whole, again, rtol=0, atol=1e-12))
    assert same == mean_sums


def test_a_code_must_be_given_exactly_where_the_model_wants_one():
    points = torch.rand(1, 20, 2)
    coded = LatentSpectralIrregular(2, 1, SMALL.replace(code_size=3))
    assert coded(points, Places(points, code=torch.rand(1, 3))).shape == (1, 20, 1)
    with pytest.raises(ParameterError, match="code of 3 numbers, and none was given"):
        coded(points, Places(points))
    with pytest.raises(ParameterError, match="and one was given"):
        LatentSpectralIrregular(2, 1, SMALL)(points, Places(points, code=torch.rand(1, 3)))
