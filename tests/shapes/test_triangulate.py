"""Triangles cover their polygons exactly, concave ones too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.shapes.triangulate import Polygons, triangulate


def areas(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (points[faces[:, i]] for i in range(3))
    return np.cross(b - a, c - a)[:, 2] / 2


def star(radii: list[float]) -> np.ndarray:
    """A polygon around the origin, counter-clockwise, as concave as its radii."""
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles), 0 * angles], axis=1)


def shoelace(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


@given(st.lists(st.floats(0.2, 2.0), min_size=4, max_size=14), st.integers(0, 13))
def test_no_triangle_of_a_concave_polygon_is_turned(radii, shift):
    points = star(np.roll(radii, shift))
    k = len(points)
    faces = triangulate(points, Polygons.uniform(np.arange(k)[None]))
    assert len(faces) == k - 2
    found = areas(points, faces)
    assert found.min() >= -1e-12
    assert found.sum() == pytest.approx(shoelace(points))


def test_a_fan_would_not_do():
    """What looking at the corners is for: the fan of this arrow from its first corner covers more than the arrow."""
    points = np.array([[0.0, 0, 0], [2, 1, 0], [0, 2, 0], [1, 1, 0]])
    fan = np.array([[0, 1, 2], [0, 2, 3]])
    assert np.abs(areas(points, fan)).sum() == pytest.approx(3.0)
    faces = triangulate(points, Polygons.uniform(np.arange(4)[None]))
    assert np.abs(areas(points, faces)).sum() == pytest.approx(1.0)


def test_flat_quads_are_cut_along_the_shorter_diagonal():
    points = np.array([[0.0, 0, 0], [3, -1, 0], [6, 0, 0], [3, 1, 0]])
    faces = triangulate(points, Polygons.uniform(np.arange(4)[None]))
    assert all({1, 3} <= set(face) for face in faces.tolist())


def test_polygons_keep_their_order():
    points = star([1.0] * 6)
    polygons = Polygons(np.array([0, 1, 2, 0, 2, 3, 4, 0, 4, 5]), np.array([3, 4, 3]))
    faces = triangulate(points, polygons)
    assert faces[0].tolist() == [0, 1, 2]
    assert faces[-1].tolist() == [0, 4, 5]
    assert areas(points, faces).sum() == pytest.approx(shoelace(points))


def test_polygons_without_extent_do_not_fail():
    assert triangulate(np.zeros((6, 3)), Polygons.uniform(np.arange(6)[None])).shape == (4, 3)
