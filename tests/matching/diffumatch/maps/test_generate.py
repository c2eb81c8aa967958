"""Categories of invented shapes: true maps, sound meshes, splits that share no body plan, files."""

import numpy as np
import pytest
import trimesh

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.matching.diffumatch.maps.blobs import blob_category
from geomlearn.matching.diffumatch.maps.creatures import creature_category
from geomlearn.matching.diffumatch.maps.files import category_path, read_maps, write_maps
from geomlearn.matching.diffumatch.maps.generate import PLANS, pair_maps
from geomlearn.matching.diffumatch.maps.invented import invented_family
from geomlearn.matching.diffumatch.maps.registered import registered_maps
from geomlearn.matching.diffumatch.maps.warps import random_warp
from geomlearn.shapes.io import write_shape
from tests.matching.blobs import bent, blob


@pytest.fixture(scope="module")
def animal():
    rng = np.random.default_rng(1)
    return creature_category(invented_family(rng, 4), rng, (600, 700), 1.0)


@pytest.fixture(scope="module")
def bumps():
    return blob_category(np.random.default_rng(0), 4, (600, 700), 1.0)


@pytest.mark.parametrize("kind", ["animal", "bumps"])
def test_members_are_closed_surfaces_without_handles(kind, request):
    category = request.getfixturevalue(kind)
    for i in range(3):
        shape = category.member(np.random.default_rng(i)).shape
        mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
        assert mesh.is_watertight
        assert mesh.euler_number == 2
        assert mesh.volume > 0


@pytest.mark.parametrize("kind", ["animal", "bumps"])
def test_true_maps_between_meshes_go_there_and_almost_back(kind, request):
    category = request.getfixturevalue(kind)
    a, b = (category.member(np.random.default_rng(i), mesh=i) for i in range(2))
    there_and_back = category.true_map(b, a)[category.true_map(a, b)]
    gaps = np.linalg.norm(a.shape.vertices[there_and_back] - a.shape.vertices, axis=1)
    assert gaps.mean() / np.sqrt(a.shape.area) < 0.03


def test_true_maps_on_one_mesh_are_the_identity(bumps):
    a, b = (bumps.member(np.random.default_rng(i), mesh=0) for i in range(2))
    np.testing.assert_array_equal(bumps.true_map(a, b), np.arange(a.shape.n_vertices))
    assert np.abs(a.shape.vertices - b.shape.vertices).max() > 0.1


def test_true_functional_maps_keep_constants_and_most_of_the_rest(bumps):
    maps = np.stack(list(pair_maps(bumps, 3, 20, np.random.default_rng(0))))
    assert maps.shape == (6, 20, 20)
    np.testing.assert_allclose(np.abs(maps[:, :, 0]), np.eye(20)[:1].repeat(6, axis=0), atol=1e-6)
    energy = (maps**2).sum(axis=(1, 2)) / 20
    assert (energy > 0.5).all()
    assert (energy < 1.5).all()


def test_poses_alone_are_nearer_to_isometry_than_other_bodies():
    family = invented_family(np.random.default_rng(2), 3)
    diagonal = []
    for variety in (0.0, 1.5):
        category = creature_category(family, np.random.default_rng(0), (600,), variety)
        maps = np.stack(list(pair_maps(category, 4, 20, np.random.default_rng(0))))
        diagonal.append((np.diagonal(maps, axis1=1, axis2=2) ** 2).mean())
    assert diagonal[0] > 1.3 * diagonal[1]


def test_no_body_plan_is_in_two_splits():
    plans = {split: {(kind, n) for kind, limbs in rows for n in limbs or (0,)} for split, rows in PLANS.items()}
    assert not plans["train"] & plans["valid"]
    assert not plans["train"] & plans["test"]
    assert not plans["valid"] & plans["test"]


def test_a_warp_of_no_strength_is_the_identity():
    points = np.random.default_rng(0).standard_normal((50, 3))
    np.testing.assert_allclose(random_warp(np.random.default_rng(1), 0.0)(points), points, atol=1e-12)
    assert np.abs(random_warp(np.random.default_rng(1), 0.3)(points) - points).max() > 0.1


def test_map_files_there_and_back(tmp_path):
    maps = np.random.default_rng(0).standard_normal((5, 6, 6))
    for number in range(2):
        write_maps(category_path(tmp_path, "train", number), maps + number, {"category": "test"})
    found, category = read_maps(tmp_path, "train")
    np.testing.assert_allclose(found, np.concatenate([maps, maps + 1]), atol=2e-3)
    np.testing.assert_array_equal(category, np.repeat([0, 1], 5))
    with pytest.raises(FormatError, match="no maps to valid"):
        read_maps(tmp_path, "valid")


def test_maps_of_different_sizes_are_refused(tmp_path):
    for k in (5, 6):
        write_maps(category_path(tmp_path, "train", k), np.zeros((2, k, k)), {})
    with pytest.raises(SizeMismatch, match="different sizes"):
        read_maps(tmp_path, "train")


def test_registered_shapes_of_a_folder_become_maps(tmp_path):
    shape = blob(2)
    for i in range(5):
        write_shape(tmp_path / "shapes" / f"{i}.off", bent(shape, 0.05 * (i + 1)))
    folder = registered_maps(tmp_path / "shapes", tmp_path / "maps", k=10)
    learned, judged = read_maps(folder, "train")[0], read_maps(folder, "valid")[0]
    assert learned.shape == (6, 10, 10)
    assert judged.shape == (2, 10, 10)
    assert np.abs(np.abs(learned[0]) - np.eye(10)).max() < 0.3


def test_shapes_that_are_not_registered_are_refused(tmp_path):
    write_shape(tmp_path / "shapes" / "a.off", blob(2))
    with pytest.raises(FormatError, match="shapes to learn from"):
        registered_maps(tmp_path / "shapes", tmp_path / "maps", k=10)
    for name, level in (("b", 1), ("c", 2), ("d", 2), ("e", 1)):
        write_shape(tmp_path / "shapes" / f"{name}.off", blob(level))
    with pytest.raises(SizeMismatch, match="vertices"):
        registered_maps(tmp_path / "shapes", tmp_path / "maps", k=10)
