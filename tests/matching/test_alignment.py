"""Rotations tried, and the one that fits known points."""

import numpy as np
import torch

from geomlearn.matching.alignment import axis_rotations, fitted_rotation, principal_rotations
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
    points = torch.randn(400, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    points = points * torch.tensor([3.0, 2.0, 1.0]) + 0.3 * points**2
    points = points - points.mean(dim=0)
    turn = torch.from_numpy(rotation(4).copy())
    found = principal_rotations(points, points @ turn.T)
    assert min(float((r - turn).abs().max()) for r in found) < 1e-9
    torch.testing.assert_close(torch.linalg.det(found), torch.ones(24, dtype=torch.float64))


def test_the_fitted_rotation_is_the_one_applied_and_never_a_mirror():
    points = torch.randn(10, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    turn = torch.from_numpy(rotation(2).copy())
    torch.testing.assert_close(fitted_rotation(points, points @ turn.T + 5.0), turn)
    mirrored = fitted_rotation(points, points * torch.tensor([-1.0, 1.0, 1.0]))
    assert float(torch.linalg.det(mirrored)) > 0.99
