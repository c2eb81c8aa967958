"""LSM on grids: published sizes, every resolution, and that it learns."""

import numpy as np
import pytest
import torch

from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.options import PUBLISHED, LatentSpectralOptions
from geomlearn.operators.training.losses import relative_l2

SMALL = LatentSpectralOptions(width=8, heads=2, tokens=2, n_frequencies=3, head_width=16)


@pytest.fixture(autouse=True)
def seeded():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("task", "resolution", "n_in", "n_out", "published"),
    [
        ("darcy", (85, 85), 1, 1, 19_187_457),
        ("navier-stokes", (64, 64), 10, 1, 19_188_033),
        ("airfoil", (221, 51), 2, 1, 4_812_833),
        ("pipe", (129, 129), 2, 1, 10_804_913),
        ("elasticity-grid", (41, 41), 1, 1, 4_812_801),
        ("plasticity", (101, 31, 20), 1, 4, 13_457_828),
    ],
)
def test_it_has_exactly_the_published_number_of_parameters(task, resolution, n_in, n_out, published):  # 9
    with torch.device("meta"):
        model = LatentSpectralModel(resolution, n_in, n_out, PUBLISHED[task])
    assert count(model) == published


def test_every_size_keeps_its_shape():  # 11
    model = LatentSpectralModel((33, 33), 1, 2, SMALL.replace(scales=3, patch=(4, 4))).eval()
    with torch.no_grad():
        for n in range(17, 66):
            for size in ((n, 32), (32, n)):
                assert model(torch.randn(1, *size, 1)).shape == (1, *size, 2)


@pytest.mark.parametrize("resolution", [(40,), (20, 13), (9, 8, 7)])
@pytest.mark.parametrize("norm", ["batch", "group", "instance"])
def test_one_two_and_three_axes(resolution, norm):
    model = LatentSpectralModel(resolution, 2, 3, SMALL.replace(norm=norm))
    out = model(torch.randn(2, *resolution, 2))
    assert out.shape == (2, *resolution, 3)
    out.square().mean().backward()
    assert all(parameter.grad is not None for parameter in model.parameters() if parameter.requires_grad)


def test_without_blocks_it_is_the_same_u_net():
    plain = LatentSpectralModel((32, 32), 1, 1, SMALL.replace(blocks=False))
    full = LatentSpectralModel((32, 32), 1, 1, SMALL)
    names = set(plain.state_dict())
    assert {name for name in full.state_dict() if ".blocks." not in name} == names
    plain.load_state_dict({name: value for name, value in full.state_dict().items() if name in names})
    field = torch.randn(1, 32, 32, 1)
    full.eval(), plain.eval()
    assert float((full(field) - plain(field)).detach().abs().max()) > 1e-3


def test_a_sample_does_not_depend_on_its_batch_once_trained():
    model = LatentSpectralModel((16, 16), 1, 1, SMALL)
    fields = torch.randn(4, 16, 16, 1)
    model(fields)
    model.eval()
    torch.testing.assert_close(model(fields)[:1], model(fields[:1]), rtol=1e-4, atol=1e-5)


def test_it_can_learn_a_few_samples_by_heart():  # 13
    from geomlearn.operators.fields.grids.darcy import solve_darcy
    from geomlearn.operators.fields.grids.random_fields import thresholded_field

    coefficients = np.stack([thresholded_field(32, np.random.default_rng(seed)) for seed in range(8)])
    fields = torch.tensor(np.stack([solve_darcy(a) for a in coefficients]), dtype=torch.float32)[..., None]
    inputs = torch.tensor(coefficients, dtype=torch.float32)[..., None]
    inputs, scale = (inputs - 7.5) / 4.5, fields.std()
    model = LatentSpectralModel((32, 32), 1, 1, LatentSpectralOptions(width=16, scales=3, patch=(8, 8)))
    optimizer = torch.optim.Adam(model.parameters(), 4e-3)
    for _ in range(50):
        optimizer.zero_grad()
        loss = relative_l2(scale * model(inputs), fields).mean()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05
