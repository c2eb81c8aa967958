"""HiPPO-LegS: its identities, the law of S4D's gap, and the spike that does not shrink (card 6.1–6.3)."""

import numpy as np
import pytest

from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, hippo_response, normal_part


@pytest.mark.parametrize("n", [1, 2, 5, 16, 33])
def test_the_identities_of_the_matrices(n):
    a, b = hippo_legs(n)
    s, p = normal_part(n)
    scale = np.linalg.norm(s, 2) ** 2
    assert np.abs(s @ s.T - s.T @ s).max() < 1e-12 * scale
    np.testing.assert_allclose(s + s.T, -np.eye(n), atol=1e-12)
    np.testing.assert_allclose(s - np.outer(p, p), a, atol=1e-12)
    np.testing.assert_allclose(a + a.T, -(np.eye(n) + np.outer(b, b)), atol=1e-12)
    np.testing.assert_array_equal(np.linalg.eigvals(a[::-1, ::-1]), -np.arange(n, 0, -1))


@pytest.mark.parametrize("n", [1, 2, 7, 32])
def test_the_normal_part_is_diagonalised_by_a_unitary_closed_under_conjugation(n):
    lam, vecs = diagonalize_normal(n)
    s, _ = normal_part(n)
    np.testing.assert_allclose(vecs.conj().T @ vecs, np.eye(n), atol=1e-12)
    np.testing.assert_allclose(vecs * lam @ vecs.conj().T, s, atol=1e-12 * n * n)
    np.testing.assert_allclose(np.sort(lam.imag), np.sort(-lam.imag), atol=0)
    np.testing.assert_array_equal(lam.real, -0.5)


def test_the_product_form_of_the_response_solves_the_system():
    a, b = hippo_legs(12)
    omega = np.array([0.0, 0.3, 5.0, 80.0, 4000.0])
    direct = [np.linalg.solve(1j * w * np.eye(12) - a, b) for w in omega]
    np.testing.assert_allclose(hippo_response(12, omega), direct, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("n", [3, 8, 32])
def test_what_s4d_drops_is_a_product_of_all_passes(n):
    """G_S4 − G_S4D = G_S4D ∏_{j=1..n} (s − j + 1)/(s + j), of modulus ω/√(ω² + n²) on the axis."""
    s_matrix, _ = normal_part(n)
    _, b = hippo_legs(n)
    for omega in (0.1, 1.0, 0.4 * n * n, 30.0 * n):
        s = 1j * omega
        halved = np.linalg.solve(s * np.eye(n) - s_matrix, b / 2)
        index = np.arange(1, n + 1)
        product = np.prod((s - index + 1) / (s + index))
        np.testing.assert_allclose(hippo_response(n, np.array([omega]))[0] - halved, halved * product, atol=1e-11)
        assert abs(product) == pytest.approx(omega / np.hypot(omega, n), rel=1e-12)


def test_the_spike_sits_near_n_squared_over_pi_and_stays_at_two_over_pi():
    """n = 32: at ω = 325.43 the state answers with 0.6371 where HiPPO gives 0.0031; n = 128: 0.6367 and 0.0002."""
    expected = {32: (325.43, 0.6371, 0.0031), 128: (5215.3, 0.6367, 0.0002)}
    for n, (omega, height, true_height) in expected.items():
        lam, vecs = diagonalize_normal(n)
        _, b = hippo_legs(n)
        top = lam.imag.max()
        assert top == pytest.approx(omega, rel=1e-3)
        assert top == pytest.approx(n * n / np.pi, rel=2e-3)
        answer = vecs @ ((vecs.conj().T @ b / 2) / (1j * top - lam)) / np.linalg.norm(b)
        assert np.linalg.norm(answer) == pytest.approx(height, abs=1e-4)
        assert abs(np.linalg.norm(answer) - 2 / np.pi) < 1e-3
        true = np.linalg.norm(hippo_response(n, np.array([top]))) / np.linalg.norm(b)
        assert true == pytest.approx(true_height, abs=6e-5)
