"""HiPPO-LegS: the system that keeps the Legendre coefficients of its input's history."""

from __future__ import annotations

import numpy as np


def hippo_legs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A (n, n) and B (n,) of x' = A x + B u.

    A is lower triangular with eigenvalues -1 … -n, and so far from normal that its eigenvectors cannot be computed
    in floating point once n passes 20.

    Source   Gu et al. 2020, arXiv 2008.07669.
    """
    index = np.arange(n)
    b = np.sqrt(2.0 * index + 1.0)
    return -np.tril(np.outer(b, b), -1) - np.diag(index + 1.0), b


def normal_part(n: int) -> tuple[np.ndarray, np.ndarray]:
    """S (n, n) normal and P (n,) with A = S − P Pᵀ.

    S = −I/2 + K with K skew: every eigenvalue has real part −1/2. S4D and S5 keep S and drop P Pᵀ.
    """
    a, b = hippo_legs(n)
    p = b / np.sqrt(2.0)
    s = a + np.outer(p, p)
    skew = (s - s.T) / 2.0
    return skew - 0.5 * np.eye(n), p


def diagonalize_normal(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (n,) and unitary eigenvectors (n, n) of the normal part, complex, closed under conjugation.

    The first ⌊n/2⌋ have positive imaginary part, falling; then the real one when n is odd; then the conjugates.
    """
    s, _ = normal_part(n)
    frequency, vecs = np.linalg.eigh(-1j * (s + 0.5 * np.eye(n)))
    n_pairs = n // 2
    upper, vecs_upper = frequency[::-1][:n_pairs], vecs[:, ::-1][:, :n_pairs]
    middle, vecs_middle = np.zeros(n % 2), _real_phase(vecs[:, n_pairs : n_pairs + n % 2])
    lam = -0.5 + 1j * np.concatenate([upper, middle, -upper])
    return lam, np.concatenate([vecs_upper, vecs_middle, vecs_upper.conj()], axis=1)


def hippo_response(n: int, omega: np.ndarray) -> np.ndarray:
    """(iω − A)⁻¹ B at frequencies (w,), shape (w, n), from the product form: exact at any n.

    x_i = b_i / (s + i + 1) · ∏_{j<i} (s − j) / (s + j + 1), by forward substitution.
    """
    s = 1j * np.asarray(omega, dtype=float)[:, None]
    index = np.arange(n)
    factors = np.ones((len(s), n), dtype=complex)
    factors[:, 1:] = (s - index[:-1]) / (s + index[:-1] + 1.0)
    return np.sqrt(2.0 * index + 1.0) / (s + index + 1.0) * np.cumprod(factors, axis=1)


def _real_phase(vecs: np.ndarray) -> np.ndarray:
    """Columns that are real up to a phase, made real."""
    if not vecs.size:
        return vecs
    largest = vecs[np.abs(vecs).argmax(axis=0), np.arange(vecs.shape[1])]
    real = (vecs * (largest.conj() / np.abs(largest))).real
    return (real / np.linalg.norm(real, axis=0)).astype(complex)
