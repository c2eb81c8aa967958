"""Derivatives along surfaces, operators that a mirror turns around, and the local test of orientation."""

import numpy as np
import pytest
import trimesh

from geomlearn.core.errors import MeshError
from geomlearn.matching.terms.orientation import OrientationTest, orientation_operators, surface_calculus
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import blob, mirrored_index, rotation, unit_basis


def sphere(subdivisions=4):
    mesh = trimesh.creation.icosphere(subdivisions)
    return Shape(np.array(mesh.vertices), np.array(mesh.faces), "sphere")


def as_cloud(shape):
    return shape.replace(faces=np.zeros((0, 3), int))


@pytest.mark.parametrize("kind", ["mesh", "cloud"])
def test_the_jacobian_of_coordinates_on_the_sphere_is_the_third(kind):
    """⟨n, ∇x × ∇y⟩ = n_z = z on the unit sphere, and so on around."""
    shape = sphere() if kind == "mesh" else as_cloud(sphere())
    calculus = surface_calculus(shape)
    found = calculus.jacobians(shape.vertices)
    # Of x and y, x and z, y and z.
    expected = (calculus.average @ shape.vertices)[:, [2, 1, 0]] * [1, -1, 1]
    assert np.abs(found - expected).max() < 0.03
    assert calculus.areas.sum() == pytest.approx(4 * np.pi, rel=0.15)


def test_gradients_are_exact_for_linear_functions_on_a_plane():
    generator = np.random.default_rng(0)
    points = np.column_stack([generator.uniform(size=(200, 2)), np.zeros(200)])
    from scipy.spatial import Delaunay

    flat = Shape(points, Delaunay(points[:, :2]).simplices)
    values = points @ [2.0, -3.0, 0.0]
    for shape in (flat, as_cloud(flat)):
        calculus = surface_calculus(shape)
        steepness = np.hypot(calculus.along @ values, calculus.across @ values)
        np.testing.assert_allclose(steepness, np.sqrt(13), rtol=1e-6)


@pytest.mark.parametrize("turn", ["inside out", "shuffled"])
def test_the_outside_is_found_whatever_the_faces_say(turn):
    shape = blob(3)
    faces = shape.faces[:, ::-1].copy() if turn == "inside out" else shape.faces.copy()
    if turn == "shuffled":
        half = np.random.default_rng(0).uniform(size=len(faces)) < 0.5
        faces[half] = faces[half, ::-1]
    turned = surface_calculus(shape.replace(faces=faces))
    straight = surface_calculus(shape)
    a, b = (c.average.T @ (c.areas[:, None] * c.jacobians(shape.vertices[:, :2])) for c in (straight, turned))
    assert np.corrcoef(a[:, 0], b[:, 0])[0, 1] > 0.9


def test_operators_turn_around_in_a_mirror_and_not_in_a_rotation():
    shape = blob(3)
    basis = unit_basis(shape, 12)
    values = basis.evecs[:, 3:6]
    straight = orientation_operators(surface_calculus(shape), basis, values, 12)
    rotated = shape.replace(vertices=shape.vertices @ rotation(0).T)
    mirrored = shape.replace(vertices=shape.vertices * [1, -1, 1])
    scale = np.abs(straight).max()
    for other, sign in ((rotated, 1), (mirrored, -1)):
        found = orientation_operators(surface_calculus(other), basis, values, 12)
        np.testing.assert_allclose(found, sign * straight, atol=1e-8 * scale)


@pytest.mark.parametrize("kind", ["mesh", "cloud"])
def test_agreement_is_one_for_the_identity_and_minus_one_for_the_mirror(kind):
    shape = blob(3, symmetric=True)
    mirror = mirrored_index(shape)
    if kind == "cloud":
        shape = as_cloud(shape)
    basis = eigenbasis(shape, EigenbasisOptions(k=30), cache=False)
    calculus = surface_calculus(shape)
    for found, sign in ((np.arange(642), 1), (mirror, -1)):
        fmap = basis.project(basis.evecs[found])
        agreement = OrientationTest(calculus, calculus, basis, basis).agreement(fmap, found)
        assert sign * np.median(agreement) > 0.95
        some = OrientationTest(calculus, calculus, basis, basis, np.arange(9)).agreement(fmap, found[:9])
        np.testing.assert_allclose(some, agreement[:9])


def test_shapes_without_area_end_in_a_sentence():
    with pytest.raises(MeshError, match="no area"):
        surface_calculus(Shape(np.zeros((3, 3)), np.array([[0, 1, 2]])))
    with pytest.raises(MeshError, match="3 points"):
        surface_calculus(Shape(np.eye(3)))
