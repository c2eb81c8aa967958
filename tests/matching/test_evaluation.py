"""Errors against the truth: zero for the truth, the mean distance for a constant, flips told apart."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError, MeshError, SizeMismatch
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


def unit_sphere():
    from tests.shapes.conftest import icosphere

    return icosphere(2)


def write_lines(path, values):
    path.write_text("\n".join(map(str, values)) + "\n")
    return path


@pytest.mark.parametrize("base", [0, 1])
def test_where_both_bases_fit_the_truth_decides(tmp_path, base):
    """Every image is one vertex beside the truth under the wrong base, and exact under the right one."""
    from geomlearn.matching.evaluation import evaluate_either_base
    from geomlearn.matching.io.maps import read_map

    sphere = unit_sphere()
    n = sphere.n_vertices
    right = np.clip(np.arange(n), 2, n - 3)  # neither 0 nor the last vertex occurs
    read = read_map(write_lines(tmp_path / "m.txt", right + base), n_source=n, n_target=n)
    measured, chosen, sentence = evaluate_either_base(read, Truth(np.arange(n), right), sphere)
    assert (measured.mean_error, chosen.index_base) == (0.0, base)
    assert f"mean error 0 from {base}" in sentence


@pytest.mark.parametrize("lost, base", [("-1", 0), ("nan", 0), ("NaN", 1), ("0", 1), ("-1", 1)])
def test_vertices_without_an_image_are_left_out_and_counted(tmp_path, lost, base):
    from geomlearn.matching.io.maps import NO_IMAGE, read_map

    sphere = unit_sphere()
    n = sphere.n_vertices
    words = [str(i + base) for i in range(n)]
    words[3:8] = [lost] * 5
    read = read_map(write_lines(tmp_path / "m.txt", words), n_source=n, n_target=n, unmatched=True)
    assert (read.map_ab == NO_IMAGE).sum() == 5
    measured = evaluate_map(read.map_ab, Truth(np.arange(n), np.arange(n)), sphere)
    assert (measured.mean_error, measured.n_unmatched, len(measured.errors)) == (0.0, 5, n - 5)
    with pytest.raises(SizeMismatch):
        read_map(tmp_path / "m.txt", n_source=n, n_target=n, index_base=base)


def test_points_inside_triangles_go_to_the_nearest_corner(tmp_path):
    from geomlearn.matching.io.triangle_points import nearest_corners

    faces = np.array([[0, 1, 2], [2, 1, 3]])
    (tmp_path / "t.baryc_gt").write_text("1 0.2 0.5 0.3\n2 0.1 0.1 0.8\n1 1 0 0\n")
    np.testing.assert_array_equal(nearest_corners(tmp_path / "t.baryc_gt", 3, faces), [1, 3, 0])
    for text, words in (("9 1 0 0\n" * 3, "names face 9"), ("1 1 0\n", "three weights"), ("1 1 0 0\n", "1 lines")):
        (tmp_path / "bad.baryc_gt").write_text(text)
        with pytest.raises(GeomError, match=words):
            nearest_corners(tmp_path / "bad.baryc_gt", 3, faces)


@pytest.mark.parametrize("points", [np.linspace(0, 1, 300)[:, None] * [1, 0, 0], np.eye(5, 3)])
def test_clouds_without_area_end_in_a_sentence(points):
    from geomlearn.shapes.shape import Shape

    identity = np.arange(len(points))
    with pytest.raises(MeshError):
        evaluate_map(identity, Truth(identity, identity), Shape(points))
