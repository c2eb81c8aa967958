"""Creatures: sound meshes of the number asked for, on the surface, good triangles, one body per name."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import creature, family_named
from geomlearn.shapes.builtin.skeleton import Deformation

# Every body and every pose of both families once.
COVER = [
    f"{name}-{bodies[i % len(bodies)]}-{pose}"
    for name in ("biped", "quadruped")
    for bodies in [list(family_named(name).bodies)]
    for i, pose in enumerate(family_named(name).poses)
]


@pytest.mark.parametrize("name", COVER)
def test_closed_manifold_outward_and_well_shaped(name):
    made = creature(name, 600, seed=1)
    shape = made.shape
    mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
    assert shape.n_vertices == 600
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 2
    assert mesh.body_count == 1
    assert mesh.volume > 0
    smallest = np.degrees(mesh.face_angles.min(axis=1))
    assert np.median(smallest) > 40
    assert (smallest < 5).mean() < 0.005
    assert smallest.min() > 0.5
    assert np.abs(family_named(made.family).flesh.value(made.canonical)).max() < 1e-9
    np.testing.assert_allclose(made.place(made.canonical), shape.vertices, atol=1e-12)


@pytest.mark.parametrize("n_vertices", [900, 3000, 12_001])
def test_resolution_is_exact_and_edges_are_even(n_vertices):
    shape = creature("biped-slim-run", n_vertices).shape
    assert shape.n_vertices == n_vertices
    assert shape.n_faces == 2 * n_vertices - 4
    mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
    # Heads, hands and ears ask for edges half as long as the trunk's; nothing more varies them.
    assert mesh.edges_unique_length.std() / mesh.edges_unique_length.mean() < 0.4


def test_area_converges_to_that_of_one_surface():
    areas = [creature("quadruped-horse-walk", n, seed=n).shape.area for n in (600, 1500, 3000)]
    assert abs(areas[1] - areas[2]) < abs(areas[0] - areas[2]) / 2
    assert areas[1] == pytest.approx(areas[2], rel=0.025)


def test_seeds_give_other_triangulations_of_the_same_surface():
    one, same, other = (creature("quadruped-cat-sit", 1200, seed) for seed in (1, 1, 2))
    assert one.shape.content_hash == same.shape.content_hash
    gap = cKDTree(other.shape.vertices).query(one.shape.vertices)[0]
    edge = np.sqrt(one.shape.area / one.shape.n_vertices)
    # Vertices of independent meshes lie a good part of an edge from each other; equal meshes would be at zero.
    assert np.median(gap) > 0.25 * edge
    assert gap.max() < 1.5 * edge
    assert one.shape.area == pytest.approx(other.shape.area, rel=0.005)


def test_stands_on_the_ground_facing_forward():
    shape = creature("biped-tall-stand", 2000).shape
    assert shape.vertices[:, 1].min() == pytest.approx(0, abs=0.01)
    assert 1.8 < np.ptp(shape.vertices[:, 1]) < 2.2
    toes = shape.vertices[shape.vertices[:, 1] < 0.05]
    assert toes[:, 2].max() > 0.1 > -toes[:, 2].min()


def test_bodies_are_what_they_are_called():
    def reference(family, body):
        points, faces, _ = family.level(500)
        place = Deformation(family.skeleton, family.swells, family.bodies[body], family.poses["stand"])
        return trimesh.Trimesh(place(points), faces, process=False)

    biped, quadruped = family_named("biped"), family_named("quadruped")
    volumes = [reference(biped, body).volume for body in ("child", "slim", "average", "heavy")]
    assert volumes == sorted(volumes)
    giraffe, cat = (reference(quadruped, body).extents[1] for body in ("giraffe", "cat"))
    assert giraffe > 5 * cat


@pytest.mark.parametrize("name", ["biped-tall-fly", "biped-tall", "quadruped-elf-walk", "fish-blue-swim"])
def test_unknown_names_say_what_there_is(name):
    with pytest.raises(ParameterError) as error:
        creature(name)
    assert "biped" in error.value.hint or "BODY" in error.value.hint


@pytest.mark.parametrize("n_vertices", [499, 400_001])
def test_impossible_numbers(n_vertices):
    with pytest.raises(ParameterError):
        creature("biped-tall-walk", n_vertices)
