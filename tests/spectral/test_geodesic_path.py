"""Ways along a mesh: where they are known, and what is refused."""

import numpy as np
import pytest

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesic_path import geodesic_path


def length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def test_in_the_plane_the_way_is_straight(square) -> None:
    shape = square(12)
    for end in (17, 100, shape.n_vertices - 1):
        path = geodesic_path(shape, 0, end)
        assert length(path) == pytest.approx(np.linalg.norm(shape.vertices[end] - shape.vertices[0]), rel=1e-12)
        assert np.array_equal(path[[0, -1]], shape.vertices[[0, end]])


def test_on_a_box_the_way_is_that_of_the_unfolded_box() -> None:
    """From a corner of the unit cube to the opposite one: √5."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])
    assert length(geodesic_path(Shape(corners, faces), 0, 7)) == pytest.approx(5**0.5)


def test_on_the_sphere_the_error_falls_as_the_square_of_the_spacing(sphere) -> None:
    errors = []
    for level in (2, 3, 4):
        shape = sphere(level)
        exact = np.arccos(np.clip(shape.vertices[40] @ shape.vertices[3], -1, 1))
        errors.append(abs(length(geodesic_path(shape, 3, 40)) - exact))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_nothing_shorter_than_the_air_and_both_directions_agree(blob) -> None:
    for start, end in ((0, 50), (7, 200), (31, 90)):
        there, back = length(geodesic_path(blob, start, end)), length(geodesic_path(blob, end, start))
        assert there == pytest.approx(back, rel=0.05)
        assert there >= np.linalg.norm(blob.vertices[end] - blob.vertices[start])


def test_what_has_no_way_says_so(sphere) -> None:
    ball = sphere(1)
    n = ball.n_vertices
    two = Shape(np.concatenate([ball.vertices, ball.vertices + 5]), np.concatenate([ball.faces, ball.faces + n]))
    with pytest.raises(MeshError, match="no way"):
        geodesic_path(two, 0, n)
    with pytest.raises(ParameterError, match=f"no vertex {2 * n}"):
        geodesic_path(two, 0, 2 * n)
    with pytest.raises(MeshError, match="without a face"):
        geodesic_path(Shape(np.concatenate([ball.vertices, [[9.0, 9, 9]]]), ball.faces), 0, n)
    with pytest.raises(MeshError, match="cloud"):
        geodesic_path(Shape(ball.vertices), 0, 1)
    fan = Shape(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]]), [[0, 1, 2], [0, 1, 3], [0, 1, 4]])
    with pytest.raises(MeshError, match="manifold"):
        geodesic_path(fan, 2, 3)


def test_a_vertex_without_a_face_is_in_nobodys_way(sphere) -> None:
    ball = sphere(2)
    with_stray = Shape(np.concatenate([[[9.0, 9, 9]], ball.vertices]), ball.faces + 1)
    assert np.array_equal(geodesic_path(with_stray, 4, 21), geodesic_path(ball, 3, 20))
