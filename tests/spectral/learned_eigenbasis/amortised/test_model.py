"""The network for all clouds: what must hold whatever its weights, that it learns, and its files."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.learned_eigenbasis.amortised.batches import batched, cloud_data
from geomlearn.spectral.learned_eigenbasis.amortised.clouds import cloud_tensors
from geomlearn.spectral.learned_eigenbasis.amortised.model import (
    EigenbasisModel,
    load_eigenbasis_model,
    save_eigenbasis_model,
)
from geomlearn.spectral.learned_eigenbasis.amortised.network import LandmarkNetwork
from geomlearn.spectral.learned_eigenbasis.amortised.task import EigenbasisTask
from geomlearn.spectral.learned_eigenbasis.amortised.training_shapes import generated_shape, warped
from geomlearn.spectral.learned_eigenbasis.inputs import principal_frame, surroundings
from geomlearn.spectral.learned_eigenbasis.options import (
    BasisModelOptions,
    NetworkOptions,
    ProbeOptions,
    SamplingOptions,
)

SMALL = NetworkOptions(k=8, n_landmarks=24, width=32, n_layers=2, n_heads=4)
ASKED = BasisModelOptions(k=8)


def ellipsoid(n, seed):
    points = np.random.default_rng(seed).standard_normal((n, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    # Three axes and a dent: the principal frame is beyond doubt.
    points *= (1.0, 1.6, 2.6)
    return points + 0.2 * np.exp(points[:, 2:]) * (0.4, 0.1, 0.2)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return EigenbasisModel(LandmarkNetwork(3, SMALL).eval(), ProbeOptions(), "test")


def test_property_1_orthonormal_constant_first_and_summing_to_the_area(model):
    basis = model.basis(ellipsoid(300, 0), ASKED)
    gram = basis.evecs.T @ (basis.mass[:, None] * basis.evecs)
    assert np.abs(gram - np.eye(8)).max() < 1e-5
    assert basis.evecs[:, 0].std() < 1e-5 * basis.evecs[:, 0].mean()
    assert (basis.mass >= 0).all()


def test_property_2_permuting_points_permutes_rows(model):
    points = ellipsoid(300, 1)
    order = np.random.default_rng(0).permutation(300)
    plain, permuted = model.basis(points, ASKED), model.basis(points[order], ASKED)
    assert np.abs(plain.evecs[order] - permuted.evecs).max() < 1e-4


def test_turning_moving_mirroring_and_scaling_change_nothing_but_the_units(model):
    points = ellipsoid(300, 2)
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    plain, moved = model.basis(points, ASKED), model.basis(5 * points @ turn + 7, ASKED)
    assert np.abs(np.abs(plain.evecs) - 5 * np.abs(moved.evecs)).max() < 1e-3
    assert np.allclose(plain.evals, 25 * moved.evals, rtol=1e-3, atol=1e-6)


def test_the_principal_frame_is_the_same_from_everywhere():
    points, weights = ellipsoid(200, 3), np.random.default_rng(0).uniform(1, 2, 200)
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))
    assert np.allclose(principal_frame(points, weights), principal_frame(3 * points @ turn - 4, weights), atol=1e-9)


def test_a_batch_of_different_sizes_is_a_loop(model):
    clouds = [cloud_tensors(surroundings(ellipsoid(n, n), 2, 30), 24) for n in (80, 130, 100)]
    both = batched([cloud_data(cloud, torch.zeros(len(cloud.points), 1)) for cloud in clouds])
    with torch.no_grad():
        together = model.network(both.points, both.local, both.distances, both.landmarks, both.batch)
        assert both.ptr.tolist() == [0, 80, 210, 310]
        for rows, cloud in zip(together.split([80, 130, 100]), clouds, strict=True):
            assert torch.allclose(rows, model.network(**vars(cloud)), atol=1e-5)


def test_distances_run_along_the_cloud():
    """A strip bent into a hairpin: its ends are near through space, far along it."""
    along = np.linspace(0, 1, 400)
    x = np.where(along < 0.5, 2 * along, 2 - 2 * along)
    strip = np.column_stack([x, np.where(along < 0.5, 0.0, 0.2), np.zeros(400)])
    points = np.concatenate([strip + np.array([0, 0, h]) for h in (0.0, 0.02, 0.04)])
    cloud = cloud_tensors(surroundings(points, 2, 12), 40)
    at, found = cloud.landmarks.numpy(), cloud.distances.numpy()
    a, b = int(np.argmin(along[at % 400])), int(np.argmax(along[at % 400]))
    straight = np.linalg.norm(cloud.points.numpy()[at[a]] - cloud.points.numpy()[at[b]])
    assert found[at[a], b] > 5 * straight
    assert found[at[a], a] == pytest.approx(0.0, abs=1e-6)


@pytest.fixture(scope="module")
def task():
    made = [Shape(ellipsoid(900, seed) * (1.0, 1 + 0.1 * seed, 1.0)) for seed in range(4)]
    sampling = SamplingOptions(n_points=120, n_samplings=16, n_valid=4)
    return EigenbasisTask(made[:3], made[3:], SMALL, sampling, ProbeOptions(n_probes=32))


def test_the_task_learns(task):
    optimizer = torch.optim.AdamW(task.model.parameters(), lr=3e-3)
    before = task.valid_errors(task.model, torch.arange(4))["miss_10" if SMALL.k >= 10 else "reconstruction"].mean()
    for step in range(60):
        loss = task.train_loss(task.model, torch.arange(8) + 8 * (step % 2), None)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
        optimizer.step()
    after = task.valid_errors(task.model, torch.arange(4))["reconstruction"].mean()
    assert after < before - 0.02


def test_the_task_follows_the_loops_protocol(task):
    assert task.n_train == 16
    assert task.n_valid == 4
    loss = task.train_loss(task.model, torch.tensor([3, 1]), torch.Generator())
    assert loss.ndim == 0
    assert loss.requires_grad
    assert all(error.shape == (2,) for error in task.valid_errors(task.model, torch.tensor([0, 2])).values())


def test_files_hold_all_of_a_model(model, tmp_path):
    path = save_eigenbasis_model(tmp_path / "test.safetensors", model)
    again = load_eigenbasis_model(path)
    points = ellipsoid(200, 5)
    assert np.array_equal(model.basis(points, ASKED).evecs, again.basis(points, ASKED).evecs)
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 50)
    with pytest.raises(FormatError, match="no model file"):
        load_eigenbasis_model(tmp_path / "junk.safetensors")
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(FormatError, match="holds no model of eigenbases"):
        load_eigenbasis_model(tmp_path / "other.safetensors")


def test_what_the_network_cannot_do_is_a_sentence(model):
    with pytest.raises(ParameterError, match="9 modes asked of test, which gives 8"):
        model.basis(ellipsoid(100, 0), BasisModelOptions(k=9))
    with pytest.raises(SizeMismatch, match="reads 3"):
        model.basis(np.random.default_rng(0).uniform(size=(100, 1)), ASKED)
    with pytest.raises(SizeMismatch, match="distinct points"):
        model.basis(ellipsoid(20, 0), ASKED)
    with pytest.raises(ParameterError, match="no shapes to learn from"):
        EigenbasisTask([], [], SMALL, SamplingOptions(), ProbeOptions())
    with pytest.raises(ParameterError, match="cannot carry"):
        EigenbasisTask([Shape(ellipsoid(50, 0))], [], SMALL, SamplingOptions(n_points=20), ProbeOptions())


def test_generated_shapes_are_numbered_and_closed():
    shape = generated_shape(2)
    assert np.array_equal(shape.vertices, generated_shape(2).vertices)
    edges = np.sort(shape.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_warps_bend_by_as_much_as_asked():
    points = ellipsoid(100, 0)
    assert np.allclose(warped(points, 0.0, np.random.default_rng(0)), points)
    moved = warped(points, 0.25, np.random.default_rng(0))
    assert 0.05 < np.linalg.norm(moved - points) / np.linalg.norm(points) < 1.5


def test_the_shipped_model_knows_a_shape_it_has_not_seen():
    shipped = load_eigenbasis_model()
    points = ellipsoid(500, 11)
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    truth = eigenbasis(Shape(points), EigenbasisOptions(k=10), cache=False)
    wanted = np.sqrt(truth.mass)[:, None] * truth.evecs
    for refine, least in ((False, 0.75), (True, 0.9)):
        made = shipped.basis(points, BasisModelOptions(k=10, refine=refine))
        q, _ = np.linalg.qr(np.sqrt(truth.mass)[:, None] * made.evecs)
        assert np.square(wanted.T @ q).sum() / 10 > least
