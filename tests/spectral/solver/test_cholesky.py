"""The factor solves, in rows and in columns, and refuses what is not positive definite."""

import numpy as np
import pytest
import scipy.sparse as sp

from geomlearn.core.errors import SolverError
from geomlearn.spectral.solver.cholesky import CholeskyFactor

MATRIX = sp.diags_array([np.full(49, -1.0), np.full(50, 2.5), np.full(49, -1.0)], offsets=[-1, 0, 1]).tocsr()


@pytest.mark.parametrize("n_right", [1, 3, 4, 9])
def test_solves_many_right_hand_sides(n_right) -> None:
    right = np.random.default_rng(0).standard_normal((50, n_right))
    factor = CholeskyFactor(MATRIX)
    np.testing.assert_allclose(MATRIX @ factor.solve(right), right, atol=1e-12)
    np.testing.assert_allclose(factor.solve_rows(np.ascontiguousarray(right.T)).T, factor.solve(right), atol=1e-14)
    np.testing.assert_allclose(factor.solve(right[:, 0]), factor.solve(right)[:, 0], atol=1e-13)


def test_leaves_the_matrix_alone() -> None:
    before = MATRIX.copy()
    CholeskyFactor(MATRIX)
    assert abs(before - MATRIX).max() == 0


def test_an_indefinite_matrix_is_refused() -> None:
    with pytest.raises(SolverError, match="positive definite"):
        CholeskyFactor(MATRIX - 3 * sp.eye_array(50))
