"""Sphere, torus and plane: closed forms of area, topology and quality."""

import numpy as np
import pytest
import trimesh

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.builtin.connectivity import qualities
from geomlearn.shapes.builtin.primitives import holed_plane, sphere, torus

# Areas of the smooth surfaces, and the Euler numbers of sphere, torus and annulus.
CASES = [("sphere", 4 * np.pi, 2), ("icosphere", 4 * np.pi, 2), ("torus", 4 * np.pi**2 * 0.4, 0),
         ("plane-with-hole", 4 - np.pi * 0.16, 0)]  # fmt: skip


@pytest.mark.parametrize(("name", "area", "euler"), CASES)
def test_area_topology_and_quality(name, area, euler):
    shape = builtin(name, 2000, seed=3)
    assert abs(shape.n_vertices - 2000) <= 0.1 * 2000
    assert shape.area == pytest.approx(area, rel=0.01)
    mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
    assert mesh.euler_number == euler
    assert mesh.is_winding_consistent
    assert mesh.is_watertight == (name != "plane-with-hole")
    assert qualities(shape.vertices, shape.faces).min() > 0.5


def test_closed_ones_face_outward():
    for shape in (sphere(800), torus(800), icosphere(5)):
        mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
        assert mesh.volume > 0


def test_plane_lies_flat_faces_up_and_keeps_its_outline():
    shape = holed_plane(1500, seed=1)
    assert (shape.vertices[:, 2] == 0).all()
    corners = shape.vertices[shape.faces]
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0).all()
    outline = trimesh.Trimesh(shape.vertices, shape.faces, process=False).outline()
    assert len(outline.entities) == 2
    radius = np.linalg.norm(shape.vertices, axis=1)
    assert radius.min() == pytest.approx(0.4)
    assert np.abs(shape.vertices).max() == 1


def test_icosphere_is_nested_and_its_area_converges_with_second_order():
    errors = []
    for frequency in (4, 8, 16):
        shape = icosphere(frequency)
        assert shape.n_vertices == 10 * frequency**2 + 2
        np.testing.assert_allclose(np.linalg.norm(shape.vertices, axis=1), 1, atol=1e-15)
        errors.append(4 * np.pi - shape.area)
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (np.abs(rates - 2) < 0.05).all()


def test_torus_points_lie_on_the_torus():
    points = torus(700, radius=2.0, tube=0.5).vertices
    ring = np.linalg.norm(points[:, [0, 2]], axis=1) - 2
    np.testing.assert_allclose(np.hypot(ring, points[:, 1]), 0.5, atol=1e-12)


@pytest.mark.parametrize("make", [sphere, torus, holed_plane])
def test_seeds(make):
    one, same, other = make(600, 1), make(600, 1), make(600, 2)
    assert one.content_hash == same.content_hash
    assert one.content_hash != other.content_hash


def test_impossible_requests():
    with pytest.raises(ParameterError):
        icosphere(0)
    with pytest.raises(ParameterError):
        builtin("sphere", 3)
