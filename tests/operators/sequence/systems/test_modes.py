"""Modes: half of the states say the same as all of them."""

import numpy as np
import pytest

from geomlearn.operators.sequence.systems.modes import STABLE_MARGIN, real_modes


def diagonalised(a):
    lam, vecs = np.linalg.eig(a)
    return lam.astype(complex), vecs.astype(complex), np.linalg.inv(vecs).astype(complex)


@pytest.mark.parametrize("n", [1, 4, 7])
def test_half_the_modes_give_the_response_of_the_whole_real_system(n):
    rng = np.random.default_rng(n)
    a = rng.standard_normal((n, n)) - 4.0 * np.eye(n)
    b = rng.standard_normal(n)
    modes = real_modes(*diagonalised(a))
    assert modes.weight.sum() == n
    omega = np.array([0.0, 0.7, 9.0])
    direct = [np.linalg.solve(1j * w * np.eye(n) - a, b) for w in omega]
    np.testing.assert_allclose(modes.response(b, omega), direct, atol=1e-12)


def test_counting_a_real_mode_twice_would_be_wrong():
    a = np.diag([-1.0, -2.0, -3.0])
    modes = real_modes(*diagonalised(a))
    np.testing.assert_array_equal(modes.weight, 1.0)


def test_unstable_eigenvalues_are_mirrored_and_counted():
    a = np.array([[0.5, -2.0, 0.0], [2.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    modes = real_modes(*diagonalised(a))
    np.testing.assert_allclose(np.sort(modes.lam.real), [-0.5, -STABLE_MARGIN])
    assert modes.reflected == 3


def test_a_complex_matrix_keeps_all_its_modes():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4)) - 5.0 * np.eye(4)
    modes = real_modes(*diagonalised(a), closed=False)
    assert len(modes.lam) == 4
    np.testing.assert_array_equal(modes.weight, 1.0)
