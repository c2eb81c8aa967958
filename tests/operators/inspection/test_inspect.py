"""Inspection shows what the model says, where it is wrong, and what its blocks do."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import GeomError, ParameterError
from geomlearn.operators.data.sample_files import write_samples
from geomlearn.operators.data.samples import Samples, ShapeSamples, split
from geomlearn.operators.inspection.inspect import inspect, inspect_on
from geomlearn.operators.inspection.spectra import grid_spectrum, shape_spectrum
from geomlearn.operators.inspection.surfaces import members, surface_of
from geomlearn.operators.inspection.tokens import scalar_maps, strongest_tokens
from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions, SpectralBlockOptions
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.model_files import save_operator
from geomlearn.operators.models.prediction import predict
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.shapes.load import load_shape

pytestmark = pytest.mark.usefixtures("one_thread")

TRAINING = TrainingOptions(epochs=1, batch_size=4, device="cpu")


def trained(key, samples, tmp_path, **options):
    options = model_named(key).resolve_options()(**options)
    model = train_operator(key, split(samples), tmp_path / f"{key} run", options, TRAINING).value
    return str(save_operator(tmp_path / f"{key}.safetensors", model)), model


@pytest.mark.parametrize("grid", [(20,), (13, 11)])
def test_answers_on_grids_are_those_of_predict_laid_on_a_sheet(grid, tmp_path):
    fields = np.random.default_rng(0).random((10, *grid, 1))
    samples = Samples(fields, 1 + fields**2)
    path, model = trained("lsm", samples, tmp_path, width=8, scales=2)
    write_samples(tmp_path / "s.npz", samples)
    seen = inspect(path, str(tmp_path / "s.npz"))
    answers = predict(model, split(samples).test, device="cpu", batch_size=1)
    nodes = seen.answers.reshape(len(seen.numbers), *grid, -1)[..., :1]
    np.testing.assert_allclose(nodes, np.stack(answers), rtol=0, atol=1e-6)
    assert seen.shape.n_vertices == seen.inputs.shape[1] == seen.tokens.shape[2]
    assert seen.tokens.shape[:2] == (2, len(seen.numbers))
    assert set(np.unique(seen.tokens)) <= set(range(4))
    # Parseval: nothing of the error is lost between the frequencies.
    error = ((np.stack(answers) - split(samples).test.targets) ** 2).reshape(len(answers), -1).sum(1)
    np.testing.assert_allclose(seen.error_energy.sum(1), error, rtol=1e-4)
    assert [after.shape for _, after in seen.maps] == [(8, 201), (8, 201)]


def test_answers_on_shapes_come_shape_by_shape(tmp_path):
    ball, other = load_shape("builtin:icosphere"), load_shape("builtin:torus@600")
    rng = np.random.default_rng(0)
    shape_of = np.array([0, 0, 0, 0, 1, 1])
    starts = tuple(rng.random(((ball, other)[i].n_vertices, 1)) for i in shape_of)
    samples = ShapeSamples((ball, other), shape_of, starts, tuple(2 * s for s in starts))
    path, _ = trained("lsm-shapes", samples, tmp_path, width=8, scales=2, patch=16, modes=8)
    write_samples(tmp_path / "s.npz", samples)
    seen = inspect(path, str(tmp_path / "s.npz"))
    assert (seen.shape.n_vertices, seen.n_surfaces) == (other.n_vertices, 1)
    assert seen.tokens.shape == (2, 2, other.n_vertices)
    assert len(seen.waves) == seen.error_energy.shape[1] == 100
    with pytest.raises(ParameterError, match="no place 1: the samples lie on 1"):
        inspect(path, str(tmp_path / "s.npz"), surface=1)


def test_points_of_the_plane_are_shown_one_sample_at_a_time(tmp_path):
    points = np.random.default_rng(0).random((10, 25, 2))
    samples = Samples(points, points[..., :1], points)
    path, _ = trained("transolver-points", samples, tmp_path, width=8, layers=1, slices=4)
    write_samples(tmp_path / "s.npz", samples)
    seen = inspect(path, str(tmp_path / "s.npz"), surface=1)
    assert seen.shape.is_cloud and list(seen.numbers) == [1]
    assert seen.tokens.shape == (0, 1, 25) and seen.maps == () and len(seen.waves) == 0


def test_a_cosine_has_its_own_wave_number_and_an_eigenfunction_its_own_mode():
    x = (np.arange(16) + 0.5) / 16
    field = np.cos(3 * np.pi * x)[:, None, None] * np.cos(4 * np.pi * x)[None, :, None]
    assert grid_spectrum(field).argmax() == 5
    ball = load_shape("builtin:icosphere")
    waves, coefficients = shape_spectrum(ball)
    assert waves[1] == pytest.approx(np.sqrt(2), rel=0.02)
    assert (
        abs(coefficients @ (3 * ball.vertices[:, 2]))[1:4].max()
        > 10 * abs(coefficients @ ball.vertices[:, 2])[4:].max()
    )


def test_the_strongest_token_is_the_one_with_the_largest_share():
    torch.manual_seed(0)
    block = NeuralSpectralBlock(8, SpectralBlockOptions(width=8, heads=2))
    points = torch.randn(2, 6, 8)
    shares = block.shares(points)
    torch.testing.assert_close(shares.sum(2), torch.ones(2, 6, 2))
    spread = block._spread(block.step(block.encode(points)))
    torch.testing.assert_close(points + shares.flatten(2) @ spread, block(points))


def test_tokens_lie_in_the_patch_they_belong_to():
    torch.manual_seed(0)
    network = LatentSpectralModel((16, 16), 1, 1, LatentSpectralOptions(width=8, scales=2, patch=(4, 4))).eval()
    field = torch.randn(1, 16, 16, 1)
    fine, coarse = strongest_tokens(network, field)
    assert fine.shape == coarse.shape == (16, 16)
    # A point of the coarse scale covers two by two.
    assert torch.equal(coarse[::2, ::2], coarse[1::2, 1::2])
    for block, one in zip(network.unet.blocks, scalar_maps(network, field), strict=True):
        assert one.before[0] < one.before[-1]
        torch.testing.assert_close(one.after[:, 5], block.step(one.before[5].expand(1, 8))[0])


def test_what_cannot_be_shown_is_refused(tmp_path):
    cube = Samples(np.ones((4, 3, 3, 3, 1)), np.ones((4, 3, 3, 3, 1)))
    with pytest.raises(ParameterError, match="Fields in space"):
        surface_of(cube, 0)
    with pytest.raises(ParameterError, match="no place 3"):
        members(cube, 3)
    fields = np.random.default_rng(0).random((10, 8, 1))
    path, _ = trained("fno", Samples(fields, fields), tmp_path, width=4, modes=2, layers=1)
    with pytest.raises(ParameterError, match="needs samples to be asked about"):
        inspect(path)
    with pytest.raises(GeomError, match="No model called nonsense is shipped"):
        inspect("shipped:nonsense")


def test_a_shape_of_ones_own_is_answered_and_solved():
    ball = load_shape("builtin:icosphere")
    start = np.exp(-4 * ((ball.vertices - ball.vertices[0]) ** 2).sum(1))
    seen = inspect_on("shipped:heat", ball, start)
    np.testing.assert_allclose(seen.inputs[0, :, 0], start, atol=1e-6)
    assert seen.targets[0].max() < start.max() and seen.shape is ball
    # It has only seen animals; a ball is near enough.
    assert np.linalg.norm(seen.answers - seen.targets) < 0.3 * np.linalg.norm(seen.targets)
    for model in ("shipped:elasticity", "model.safetensors"):
        with pytest.raises(ParameterError, match="held against a solver"):
            inspect_on(model, ball, start)
