"""The gradient of piecewise linear functions."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.gradient import face_gradient
from geomlearn.spectral.laplacian import build_laplacian
from tests.matching.blobs import blob


def test_a_linear_function_has_its_slope_on_a_plane():
    flat = builtin("plane-with-hole", 500)
    slope = np.array([2.0, -3.0, 0.5])
    normal = np.cross(*(flat.vertices[flat.faces[0]][1:] - flat.vertices[flat.faces[0]][0]))
    normal /= np.linalg.norm(normal)
    gradient = (face_gradient(flat) @ (flat.vertices @ slope)).reshape(3, -1).T
    assert np.allclose(gradient, slope - normal * (slope @ normal), atol=1e-10)


def test_its_square_is_the_cotan_stiffness():
    mesh = blob(3)
    gradient, areas = face_gradient(mesh), np.tile(mesh.face_areas, 3)
    difference = gradient.T @ (gradient * areas[:, None]) - build_laplacian(mesh, "cotan").stiffness
    assert abs(difference).max() < 1e-10


def test_faces_of_no_area_have_no_gradient_and_clouds_no_faces():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0.0]])
    gradient = face_gradient(Shape(points, np.array([[0, 1, 2], [0, 1, 3]])))
    assert not gradient[[1, 3, 5]].toarray().any()
    with pytest.raises(MeshError, match="degenerate"):
        face_gradient(Shape(points, np.array([[0, 1, 3]])))
    with pytest.raises(ParameterError, match="point cloud"):
        face_gradient(Shape(points))
