"""Errors against the truth: zero for the truth, the mean distance for a constant, flips told apart."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.matching.evaluation import Truth, evaluate_map, read_truth
from geomlearn.matching.io.maps import write_map
from geomlearn.spectral.geodesics import HeatGeodesics
from tests.matching.blobs import blob, mirrored_index


@pytest.fixture(scope="module")
def shape():
    return blob(3, symmetric=True)


@pytest.fixture(scope="module")
def distances(shape):
    return HeatGeodesics(shape).matrix()


def identity(n, symmetric=None):
    return Truth(np.arange(n), np.arange(n), symmetric)


def test_the_truth_itself_has_no_error(shape):
    """Property 10."""
    found = evaluate_map(np.arange(shape.n_vertices), identity(shape.n_vertices), shape, max_points=50)
    assert (found.mean_error, found.median_error, found.max_error, found.auc) == (0, 0, 0, 1)
    assert (found.curve == 1).all()
    assert not found.flipped
    assert len(found.errors) == 50
    assert "50 points sampled from 642" in found.sentence


def test_a_constant_map_has_the_mean_distance_to_its_image(shape, distances):
    """Property 10."""
    found = evaluate_map(np.full(shape.n_vertices, 7), identity(shape.n_vertices), shape, max_points=0)
    assert found.mean_error == pytest.approx(100 * distances[7].mean() / np.sqrt(shape.area), rel=1e-9)
    given = evaluate_map(np.full(shape.n_vertices, 7), identity(shape.n_vertices), shape, distances=distances)
    np.testing.assert_allclose(given.errors, found.errors)


def test_the_curve_is_the_share_of_points_within_each_threshold(shape, distances):
    generator = np.random.default_rng(0)
    found = evaluate_map(generator.integers(0, 642, 642), identity(642), shape, distances=distances)
    assert (np.diff(found.curve) >= 0).all()
    assert found.curve[40] == (found.errors <= 10).mean()
    assert 0 <= found.auc <= found.curve[-1]


def test_a_mirrored_map_is_called_flipped(shape, distances):
    mirror = mirrored_index(shape)
    found = evaluate_map(mirror, identity(642, mirror), shape, distances=distances)
    assert found.flipped
    assert found.symmetric_mean_error == 0
    assert "Left and right are swapped" in found.sentence
    straight = evaluate_map(np.arange(642), identity(642, mirror), shape, distances=distances)
    assert not straight.flipped
    assert straight.symmetric_mean_error == pytest.approx(found.mean_error)


def test_errors_do_not_depend_on_units(shape):
    generator = np.random.default_rng(0)
    found = generator.integers(0, 642, 642)
    values = [
        evaluate_map(found, identity(642), shape.replace(vertices=scale * shape.vertices), max_points=40).mean_error
        for scale in (1.0, 1000.0)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_clouds_are_measured_too(shape):
    cloud = shape.replace(faces=np.zeros((0, 3), int))
    generator = np.random.default_rng(0)
    found = generator.integers(0, 642, 642)
    on_cloud, on_mesh = (evaluate_map(found, identity(642), target, max_points=60) for target in (cloud, shape))
    assert on_cloud.mean_error == pytest.approx(on_mesh.mean_error, rel=0.1)


def test_truth_from_a_map_and_from_two_lists(tmp_path):
    write_map(tmp_path / "truth.txt", np.array([3, 0, 2]), {"n_source": 3})
    truth = read_truth(tmp_path / "truth.txt", 3, 4)
    assert truth.points_a.tolist() == [0, 1, 2]
    assert truth.points_b.tolist() == [3, 0, 2]
    (tmp_path / "a.vts").write_text("1\n3\n")
    (tmp_path / "b.vts").write_text("4\n1\n")
    (tmp_path / "b.sym.vts").write_text("1\n4\n")
    truth = read_truth(f"{tmp_path}/a.vts, {tmp_path}/b.vts", 3, 4)
    assert (truth.points_a.tolist(), truth.points_b.tolist(), truth.symmetric_b.tolist()) == ([0, 2], [3, 0], [0, 3])


def test_what_does_not_fit_ends_in_a_sentence(tmp_path, shape):
    with pytest.raises(SizeMismatch, match="refers to vertex 700"):
        evaluate_map(np.full(642, 700), identity(642), shape)
    with pytest.raises(SizeMismatch, match="the map has 10 entries"):
        evaluate_map(np.zeros(10, int), identity(642), shape)
    (tmp_path / "a.vts").write_text("1\n3\n")
    (tmp_path / "b.vts").write_text("4\n")
    with pytest.raises(SizeMismatch, match="lists 2 points"):
        read_truth(f"{tmp_path}/a.vts,{tmp_path}/b.vts", 3, 4)
    with pytest.raises(FormatError, match="names 3 files"):
        read_truth("a,b,c", 3, 4)


def test_the_real_lists_are_read_with_their_symmetry(shared_data):
    folder = shared_data / "matching" / "tosca_r" / "corres"
    if not (folder / "cat0.vts").is_file():
        pytest.skip("tosca_r is not there")
    truth = read_truth(f"{folder / 'cat0.vts'},{folder / 'cat1.vts'}", 5000, 5000)
    assert len(truth.points_a) == len(truth.symmetric_b) == 5000
