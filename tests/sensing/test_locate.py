"""Points on a shape: barycentric coordinates against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import MeshError
from geomlearn.sensing.locate import locate
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.shape import Shape

BALL = icosphere(6)


def test_points_of_faces_are_found_where_they_are():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet([1, 1, 1], 500)
    points = np.einsum("ij,ijk->ik", shares, BALL.vertices[BALL.faces[rng.integers(BALL.n_faces, size=500)]])
    corners, found, distances = locate(BALL, points)
    assert distances.max() < 1e-12
    assert np.einsum("ij,ijk->ik", found, BALL.vertices[corners]) == pytest.approx(points, abs=1e-12)
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(500))


def test_points_off_the_surface_are_as_near_as_trimesh_finds_them():
    import trimesh

    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 3))
    points *= rng.uniform(0.95, 1.08, (200, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    mesh = trimesh.Trimesh(BALL.vertices, BALL.faces, process=False)
    nearest = [
        np.linalg.norm(trimesh.triangles.closest_point(mesh.triangles, np.tile(p, (len(mesh.faces), 1))) - p, axis=1)
        for p in points
    ]
    assert locate(BALL, points)[2] == pytest.approx(np.min(nearest, axis=1), abs=1e-9)


def test_a_cloud_gives_its_nearest_point():
    cloud = Shape(BALL.vertices, name="cloud")
    corners, shares, _ = locate(cloud, BALL.vertices[:5] * 1.01)
    assert corners[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert shares[:, 0].tolist() == [1.0] * 5


def test_points_elsewhere_are_refused():
    with pytest.raises(MeshError, match="1 of 1 samples lie off"):
        locate(BALL, np.array([[5.0, 0, 0]]))
