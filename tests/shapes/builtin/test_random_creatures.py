"""Random creatures: sound, repeatable, and as varied as asked."""

import numpy as np
import pytest
import trimesh

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import family_named, random_build, random_creature, true_images


def stretch(a, b):
    images = true_images(a, b)
    start, end = a.shape.faces.ravel(), a.shape.faces[:, [1, 2, 0]].ravel()
    before = np.linalg.norm(a.shape.vertices[start] - a.shape.vertices[end], axis=1)
    change = np.log(np.linalg.norm(images[start] - images[end], axis=1) / before)
    return np.median(np.abs(change - np.median(change)))


@pytest.mark.parametrize("family", ["biped", "quadruped"])
@pytest.mark.parametrize("seed", range(4))
def test_sound_meshes(family, seed):
    shape = random_creature(family, seed, 800, variety=1.2).shape
    mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
    assert mesh.is_watertight
    assert mesh.euler_number == 2
    assert mesh.volume > 0
    assert shape.n_vertices == 800
    assert np.median(np.degrees(mesh.face_angles.min(axis=1))) > 40


def test_a_seed_repeats_and_a_generator_goes_on():
    one, same = (random_creature("biped", 5, 600).shape for _ in range(2))
    assert one.content_hash == same.content_hash
    rng = np.random.default_rng(5)
    drawn = [random_creature("biped", rng, 600).shape.content_hash for _ in range(2)]
    assert drawn[0] == one.content_hash
    assert drawn[0] != drawn[1]


def test_variety_goes_from_poses_only_to_other_bodies():
    still = [random_creature("quadruped", seed, 800, variety=0) for seed in (1, 2)]
    varied = [random_creature("quadruped", seed, 800, variety=1.2) for seed in (1, 2)]
    assert stretch(*still) < 0.02
    assert stretch(*varied) > 0.05


def test_a_body_can_be_kept():
    build = random_build(family_named("biped"), np.random.default_rng(0), 1.2)
    a, b = (random_creature("biped", seed, 800, build=build) for seed in (1, 2))
    assert stretch(a, b) < 0.02


def test_impossible_requests():
    with pytest.raises(ParameterError, match="variety"):
        random_creature("biped", 0, variety=2)
    with pytest.raises(ParameterError, match="fish"):
        random_creature("fish")
