"""Images of samples are samples: the equation says so, and training may draw them."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import DarcyData, ElasticityData
from geomlearn.operators.data.samples import Samples, split
from geomlearn.operators.fields.grids.darcy import solve_darcy
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.symmetries import check_symmetry, drawn, images, refuse_asymmetry
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.options import TrainingOptions


def test_darcy_flow_has_the_symmetries_of_the_square():
    samples = generate("darcy", 1, DarcyData(resolution=21), cache=False)
    given, wanted = (images(torch.from_numpy(a), "square") for a in (samples.inputs, samples.targets))
    assert len({field.numpy().tobytes() for field in given}) == 8
    for coefficient, pressure in zip(given, wanted, strict=True):
        solved = solve_darcy(coefficient[0, ..., 0].double().numpy())
        np.testing.assert_allclose(solved, pressure[0, ..., 0].numpy(), rtol=0, atol=1e-8)


def test_stress_around_a_mirrored_hole_is_the_mirrored_stress():
    from geomlearn.operators.fields.grids.elasticity import random_hole, solve_hole

    angles = 2 * np.pi * np.arange(16) / 16
    radii = random_hole(np.random.default_rng(0), angles)
    # From angle t to π − t.
    mirrored = np.roll(radii[::-1], 1)[(np.arange(16) - 8) % 16]
    one, other = (solve_hole(r, 3) for r in (radii, mirrored))
    flipped = one.nodes.reshape(-1, 2) * [-1, 1] + [1, 0]
    for node, stress in zip(flipped, one.stress.ravel(), strict=True):
        nearest = np.linalg.norm(other.nodes.reshape(-1, 2) - node, axis=1)
        assert nearest.min() < 1e-9
        assert other.stress.ravel()[nearest.argmin()] == pytest.approx(stress, rel=1e-6)


@pytest.mark.parametrize(("symmetry", "n"), [("none", 1), ("mirror", 2), ("square", 8)])
def test_every_image_is_drawn_and_arrays_turn_together(symmetry, n):
    field = torch.rand(1, 5, 5, 1).expand(400, 5, 5, 1)
    one, other = drawn([field, 2 * field], symmetry, torch.Generator().manual_seed(0))
    torch.testing.assert_close(other, 2 * one)
    possible = {image.numpy().tobytes() for image in images(field[:1], symmetry)}
    assert {image.numpy().tobytes() for image in one} == possible
    assert len(possible) == n


def test_normalisers_of_nodes_follow_the_symmetry(tmp_path):
    data = split(generate("darcy", 10, DarcyData(resolution=13), cache=False))
    training = TrainingOptions(epochs=1, batch_size=4, device="cpu")
    options = model_named("fno").resolve_options()(width=4, modes=3, layers=1)
    model = train_operator("fno", data, tmp_path, options, training, normalization="point", symmetry="square").value
    mean = model.target_scale.mean
    for image in images(mean[None], "square"):
        torch.testing.assert_close(image[0], mean)


def test_a_run_with_symmetry_continues_bit_for_bit(tmp_path):
    data = split(
        generate("elasticity", 10, ElasticityData(layout="grid", around=16, layers=3, resolution=12), cache=False)
    )
    training = TrainingOptions(epochs=2, batch_size=4, device="cpu")
    options = model_named("unet").resolve_options()(width=4, scales=1)
    runs = [train_operator("unet", data, tmp_path / name, options, training, symmetry="mirror") for name in "ab"]
    assert runs[0].history == runs[1].history
    plain = train_operator("unet", data, tmp_path / "c", options, training)
    assert plain.history != runs[0].history


def test_a_symmetry_that_the_grid_lacks_is_refused():
    with pytest.raises(ParameterError, match="13 × 12 has no symmetries of the square"):
        check_symmetry("square", "grid", (13, 12))
    with pytest.raises(ParameterError, match="Only samples on grids"):
        check_symmetry("mirror", "shapes", ())
    check_symmetry("mirror", "grid", (13, 12))


def test_a_symmetry_that_the_mean_fields_lack_is_refused_with_its_measure():
    x = np.arange(16) / 16
    rng = np.random.default_rng(0)
    # One rim only, as on a periodic grid: the bump x (1 − x) sits off the centre of the nodes.
    bump = (x * (1 - x))[:, None] * (x * (1 - x))[None]
    fields = (bump * rng.uniform(0.8, 1.2, (200, 1, 1)))[..., None]
    noise = rng.standard_normal((200, 16, 16, 1))
    with pytest.raises(ParameterError, match=r"mean target is not symmetric: it differs .* by 0\.\d+"):
        refuse_asymmetry(Samples(noise, fields), "mirror")
    refuse_asymmetry(Samples(noise, fields), "none")
    # With both rims, and where the mean is chance alone, nothing is wrong.
    x = np.linspace(0, 1, 16)
    bump = (x * (1 - x))[:, None] * (x * (1 - x))[None]
    fields = (bump * rng.uniform(0.8, 1.2, (200, 1, 1)))[..., None]
    refuse_asymmetry(Samples(noise, fields), "square")
    refuse_asymmetry(Samples(noise[:3], noise[3:6]), "square")


def test_the_grid_of_neuraloperators_darcy_is_not_mirror_symmetric(shared_data):
    path = shared_data / "pde" / "darcy" / "darcy_train_16.npz"
    if not path.is_file():
        pytest.skip("neuraloperator's Darcy is not there")
    held = np.load(path)
    fields = [held[name].astype(np.float64)[..., None] for name in "xy"]
    with pytest.raises(ParameterError, match="is not symmetric"):
        refuse_asymmetry(Samples(*fields), "square")
