"""Rotations tried, and the one that fits known points."""

import numpy as np

from geomlearn.matching.alignment import axis_rotations, fitted_pose, principal_rotations
from tests.matching.blobs import rotation


def test_there_are_24_rotations_of_the_axes_and_no_mirror():
    found = axis_rotations()
    assert found.shape == (24, 3, 3)
    assert len({tuple(matrix.ravel()) for matrix in found}) == 24
    np.testing.assert_allclose(np.linalg.det(found), 1.0)
    # A group: products of any two are among them.
    products = {tuple((a @ b).ravel() + 0.0) for a in found for b in found}
    assert len(products) == 24


def test_one_of_the_principal_rotations_undoes_a_turn():
    points = np.random.default_rng(0).normal(size=(400, 3)) * [3.0, 2.0, 1.0]
    points = points + 0.3 * points**2
    points = points - points.mean(axis=0)
    turn = rotation(4)
    found = principal_rotations(points, points @ turn.T)
    assert min(np.abs(r - turn).max() for r in found) < 1e-9
    np.testing.assert_allclose(np.linalg.det(found), 1.0)


def test_the_fitted_pose_is_the_one_applied_and_never_a_mirror():
    points = np.random.default_rng(1).normal(size=(10, 3))
    turn, shift = fitted_pose(points, points @ rotation(2).T + 5.0)
    np.testing.assert_allclose(turn, rotation(2), atol=1e-12)
    np.testing.assert_allclose(shift, 5.0)
    mirrored, _ = fitted_pose(points, points * [-1.0, 1.0, 1.0])
    assert np.linalg.det(mirrored) > 0.99
