"""The cotan matrix by hand, its guards, and the edge table."""

import numpy as np

from geomlearn.spectral.cotan import boundary_vertices, corner_cotangents, cotan_matrix, edge_table, vertex_areas

TRIANGLE = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
ONE_FACE = np.array([[0, 1, 2]])


def test_right_isosceles_triangle_by_hand() -> None:
    stiffness, areas = cotan_matrix(TRIANGLE, ONE_FACE)
    expected = np.array([[1.0, -0.5, -0.5], [-0.5, 0.5, 0.0], [-0.5, 0.0, 0.5]])
    np.testing.assert_allclose(stiffness.toarray(), expected, atol=1e-15)
    np.testing.assert_allclose(areas, 1 / 6)


def test_cotangents_of_each_corner() -> None:
    np.testing.assert_allclose(corner_cotangents(TRIANGLE, ONE_FACE), [[0.0, 1.0, 1.0]], atol=1e-15)


def test_energy_of_linear_functions_is_area_times_slope_squared(square) -> None:
    shape = square(7)
    stiffness, _ = cotan_matrix(shape.vertices, shape.faces)
    values = shape.vertices @ [2.0, -3.0, 0.0] + 1
    assert abs(values @ stiffness @ values - 13.0) < 1e-12


def test_needles_and_collapsed_faces_stay_finite_and_semidefinite() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 1e-13, 0], [0.5, 1, 0], [0.5, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 1, 3], [3, 4, 3]])
    stiffness, _ = cotan_matrix(vertices, faces)
    dense = stiffness.toarray()
    assert np.isfinite(dense).all()
    assert np.abs(dense).max() < 1e6
    assert np.linalg.eigvalsh(dense).min() > -1e-12 * np.abs(dense).max()


def test_a_vertex_in_no_face_weighs_nothing() -> None:
    assert vertex_areas(np.vstack([TRIANGLE, [[5.0, 5, 5]]]), ONE_FACE)[3] == 0


def test_edges_are_counted_once_with_their_faces(square) -> None:
    edges, counts, edge_of = edge_table(square(2).faces)
    assert len(edges) == 16
    assert counts.sum() == 24
    corners = square(2).faces
    for corner in range(3):
        across = np.sort(np.delete(corners, corner, axis=1), axis=1)
        np.testing.assert_array_equal(edges[edge_of[:, corner]], across)


def test_boundary_is_the_rim(square, sphere) -> None:
    shape = square(5)
    on_rim = (shape.vertices[:, :2] % 1 == 0).any(axis=1)
    np.testing.assert_array_equal(boundary_vertices(shape.faces), np.flatnonzero(on_rim))
    assert len(boundary_vertices(sphere(1).faces)) == 0
