"""Normals of clouds: right up to second order, all on one side, the same after any rotation."""

import math

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.normals import estimate_normals, vertex_normals
from geomlearn.shapes.shape import Shape


def fibonacci(n: int) -> np.ndarray:
    i = np.arange(n) + 0.5
    z, angle = 1 - 2 * i / n, np.pi * (1 + 5**0.5) * i
    return np.stack([np.sqrt(1 - z**2) * np.cos(angle), np.sqrt(1 - z**2) * np.sin(angle), z], axis=1)


def test_normals_of_a_sphere_converge_and_look_outwards():
    errors = []
    for n in (500, 2000, 8000):
        points = fibonacci(n)
        agreement = np.einsum("ij,ij->i", estimate_normals(points), points)
        assert agreement.min() > 0.9  # outwards, every one
        errors.append(np.degrees(np.arccos(np.clip(agreement, -1, 1))).mean())
    assert errors[-1] < 0.5
    # Halving the spacing at least halves the error.
    assert math.log2(errors[0] / errors[1]) > 0.9
    assert math.log2(errors[1] / errors[2]) > 0.9


def test_a_thin_plate_keeps_its_sides_apart():
    """Propagation along the surface, not mere direction from the centre, decides on a bent sheet."""
    u, v = (a.reshape(-1) for a in np.meshgrid(np.linspace(0.0, 1.6 * np.pi, 160), np.linspace(0, 1, 20)))
    points = np.stack([np.cos(u), np.sin(u), v], axis=1)
    normals = estimate_normals(points, k=12)
    side = np.einsum("ij,ij->i", normals[:, :2], points[:, :2])
    assert (side > 0.9).all() or (side < -0.9).all()


def test_pieces_are_oriented_one_by_one():
    points = np.concatenate([fibonacci(400) + shift for shift in ([0, 0, 0], [5, 0, 0], [0, 9, 0])])
    centres = np.repeat([[0, 0, 0], [5, 0, 0], [0, 9, 0]], 400, axis=0)
    assert (np.einsum("ij,ij->i", estimate_normals(points), points - centres) > 0.9).all()


def test_normals_turn_with_the_points():
    points = fibonacci(300) * [1, 2, 3]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    np.testing.assert_allclose(estimate_normals(points @ turn.T), estimate_normals(points) @ turn.T, atol=1e-9)


def test_too_few_points_or_neighbours_are_refused():
    with pytest.raises(ParameterError):
        estimate_normals(np.eye(3)[:2])
    with pytest.raises(ParameterError):
        estimate_normals(fibonacci(50), k=2)


def test_vertex_normals_of_meshes_clouds_and_files(sphere):
    assert np.einsum("ij,ij->i", vertex_normals(sphere), sphere.vertices).min() > 0.99
    given = np.roll(sphere.vertices, 1, axis=1)
    np.testing.assert_array_equal(vertex_normals(sphere.replace(normals=given)), given)
    cloud = Shape(fibonacci(200))
    assert np.einsum("ij,ij->i", vertex_normals(cloud), cloud.vertices).min() > 0.9
