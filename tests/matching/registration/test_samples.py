"""Samples of a surface: cells, ways and rotations agree with what is known of flat sheets and rigid motions."""

import numpy as np
import pytest

from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.samples import Samples
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import rotation


def sampled(shape: Shape, count: int) -> Samples:
    return Samples(Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=6)), count), 1.0, count)


@pytest.fixture(scope="module")
def cat() -> Samples:
    return sampled(builtin("quadruped-cat-stand", 1500), 300)


def test_a_rigid_motion_strains_nothing_and_carries_every_vertex(cat):
    turn, shift = rotation(3), np.array([1.0, -2.0, 0.5])
    points = cat.points @ turn.T + shift
    turns = cat.rotations(points)
    np.testing.assert_allclose(turns, np.broadcast_to(turn, turns.shape), atol=1e-9)
    assert cat.strain(points, turns) < 1e-20
    assert cat.stretch(points) < 1e-9
    np.testing.assert_allclose(cat.laplacian @ points, cat.turned(turns), atol=1e-12)
    images, normals = cat.carried(points, turns)
    np.testing.assert_allclose(images, cat.vertices @ turn.T + shift, atol=1e-9)
    np.testing.assert_allclose(normals, cat.vertex_normals @ turn.T, atol=1e-9)


def test_stretch_and_strain_of_a_doubled_shape(cat):
    assert cat.stretch(2 * cat.points) == pytest.approx(np.log(2))
    turns = cat.rotations(2 * cat.points)
    # Every edge is as much too long as it was long: Σ w ‖e‖² from both ends is twice the Dirichlet energy.
    energy = np.einsum("si,si->", cat.points, cat.laplacian @ cat.points)
    assert cat.strain(2 * cat.points, turns) == pytest.approx(2 * energy)
    # No mirror is a rotation.
    assert np.linalg.det(cat.rotations(cat.points * [-1, 1, 1])) == pytest.approx(1)


@pytest.mark.parametrize("cloud", [False, True])
def test_ways_on_a_flat_sheet_and_to_another_piece(cloud):
    x, y = np.meshgrid(np.linspace(0, 1, 15), np.linspace(0, 1, 15))
    sheet = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
    at = np.arange(225).reshape(15, 15)
    corners = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    faces = np.concatenate([np.stack([corners[i] for i in which], axis=1) for which in ((0, 1, 2), (0, 2, 3))])
    two = Shape(np.vstack([sheet, sheet + np.array([0, 0, 0.5])]), np.vstack([faces, faces + 225]))
    if cloud:
        two = Shape(two.vertices)
    found = sampled(two, 200)
    ways = found.ways(np.arange(20))
    straight = np.linalg.norm(found.points[:, None] - found.points[:20], axis=2)
    same = np.abs(found.points[:, None, 2] - found.points[:20, 2]) < 0.1
    np.testing.assert_allclose(ways[~same], straight[~same])
    assert (ways[same] >= straight[same] - 1e-9).all()
    # √2 across the diagonals, and more where few cells are crossed.
    ratio = ways[same & (straight > 0)] / straight[same & (straight > 0)]
    assert ratio.max() < 2.1
    assert ratio.mean() < 1.3
    assert (np.abs(found.vertices[:, 2] - found.points[found.cell][:, 2]) < 0.1).all()
