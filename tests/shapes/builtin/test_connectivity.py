"""Batches of splits, collapses and flips keep a closed manifold what it is."""

import numpy as np
import pytest
import trimesh

from geomlearn.shapes.builtin.connectivity import Edges, collapse, flip, qualities, split
from geomlearn.shapes.builtin.primitives import icosphere, torus


def is_sound(points, faces, euler):
    mesh = trimesh.Trimesh(points, faces, process=False)
    return mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == euler


@pytest.mark.parametrize(("shape", "euler"), [(icosphere(8), 2), (torus(600), 0)])
def test_random_operations_keep_the_topology(shape, euler):
    rng = np.random.default_rng(0)
    points, faces = np.array(shape.vertices), np.array(shape.faces)
    for _ in range(25):
        edges = Edges(faces, len(points))
        faces, cut = split(faces, edges, rng.permutation(len(edges.ends)), 40)
        points = np.concatenate([points, points[edges.ends[cut]].mean(axis=1)])
        assert len(cut) == 40
        edges = Edges(faces, len(points))
        faces, kept = collapse(points, faces, edges, rng.permutation(len(edges.ends)), 40)
        points = points[kept]
        faces, _ = flip(points, faces)
        assert is_sound(points, faces, euler)


def test_collapse_refuses_what_would_pinch():
    # A tetrahedron is the smallest closed mesh: contracting any edge would leave two faces glued together.
    points = np.array([(0.0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)])
    faces = np.array([(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)])
    edges = Edges(faces, 4)
    after, kept = collapse(points, faces, edges, np.arange(6), 6)
    assert len(kept) == 4
    np.testing.assert_array_equal(after, faces)


def test_flips_make_a_sphere_delaunay():
    shape = icosphere(10)
    points = shape.vertices + 0.02 * np.random.default_rng(1).standard_normal(shape.vertices.shape)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces, total = np.array(shape.faces), 0
    for _ in range(30):
        faces, turned = flip(points, faces)
        total += turned
    assert total > 10
    assert turned == 0
    before, after = _not_delaunay(points, shape.faces), _not_delaunay(points, faces)
    # What is left could only be turned by folding the surface.
    assert after < before / 5
    assert qualities(points, faces).min() > qualities(points, shape.faces).min()


def _not_delaunay(points, faces):
    edges = Edges(np.asarray(faces), len(points))
    angles = trimesh.Trimesh(points, faces, process=False).face_angles
    return (angles[edges.faces, edges.corners].sum(axis=1) > np.pi + 1e-5).sum()


def test_no_waist_of_three_is_ever_tied():
    # A thin tube invites rings of three vertices; without the rule they appear by the dozen.
    rng = np.random.default_rng(0)
    shape = torus(600, radius=2.0, tube=0.2)
    points, faces = np.array(shape.vertices), np.array(shape.faces)
    for _ in range(60):
        edges = Edges(faces, len(points))
        faces, kept = collapse(points, faces, edges, rng.permutation(len(edges.ends)), 20)
        points = points[kept]
    assert len(points) < 400
    adjacency = Edges(faces, len(points)).adjacency()
    triangles = (adjacency @ adjacency).multiply(adjacency).sum() / 6
    assert triangles == len(faces)


def test_edges_of_an_octahedron():
    faces = np.array([(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)])
    edges = Edges(faces, 6)
    assert len(edges.ends) == 12
    assert edges.valences().tolist() == [4] * 6
    assert edges.exist(np.array([(4, 0), (0, 1)])).tolist() == [True, False]
    for ends, apex in zip(edges.ends, edges.apex, strict=True):
        assert not set(ends) & set(apex)
