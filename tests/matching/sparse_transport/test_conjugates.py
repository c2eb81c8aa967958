"""The conjugates of the constraint, against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import check_grad

from geomlearn.matching.sparse_transport.conjugates import positive_conjugate, simplex_conjugate, sparse_simplex

M = 7


def simplex(vector: np.ndarray, total: float) -> np.ndarray:
    """Projection by bisection on the threshold, an algorithm of another kind."""
    low, high = vector.min() - total, vector.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(vector - middle, 0).sum() > total else (low, middle)
    return np.maximum(vector - low, 0)


def best_on_supports(vector: np.ndarray, total: float, k: int) -> np.ndarray:
    found = []
    for chosen in combinations(range(len(vector)), k):
        entry = np.zeros(len(vector))
        entry[list(chosen)] = simplex(vector[list(chosen)], total)
        found.append(entry)
    return min(found, key=lambda entry: ((entry - vector) ** 2).sum())


def gradient(columns) -> np.ndarray:
    full = np.zeros(M)
    full[columns.rows[:, 0]] = columns.entries[:, 0]
    return full


@pytest.mark.parametrize("k", [1, 2, 4, M])
def test_gradients_agree_with_differences(k: int) -> None:
    """Property 6: of Ω*_+ and of Ω*_b, below 1e-6."""
    rng = np.random.default_rng(k)
    for _ in range(10):
        s = rng.standard_normal(M)
        for conjugate in (
            lambda s: positive_conjugate(s[:, None], k, 0.7),
            lambda s: simplex_conjugate(s[:, None], np.array([0.4]), k, 0.7),
        ):
            off = check_grad(lambda s, f=conjugate: f(s).values[0], lambda s, f=conjugate: gradient(f(s)), s)
            assert off < 1e-6


@pytest.mark.parametrize("k", [1, 3, M])
def test_projection_is_the_nearest(k: int) -> None:
    """Property 8: P_m is the simplex projection, P_1 puts all on the largest, between them brute force agrees."""
    rng = np.random.default_rng(0)
    vectors, sums = rng.standard_normal((M, 5)), rng.random(5) + 0.1
    found = sparse_simplex(vectors, sums, k)
    for j in range(5):
        assert np.abs(found[:, j] - best_on_supports(vectors[:, j], sums[j], k)).max() < 1e-9
    if k == 1:
        assert (found.argmax(axis=0) == vectors.argmax(axis=0)).all()
        assert np.abs(found.max(axis=0) - sums).max() < 1e-15


def test_conjugate_is_a_maximum() -> None:
    """Ω*_b(s) is no less than ⟨s, t⟩ − γ/2‖t‖² at random k-sparse t of sum b."""
    rng = np.random.default_rng(1)
    s, total, k, gamma = rng.standard_normal(M), 0.8, 3, 0.5
    found = simplex_conjugate(s[:, None], np.array([total]), k, gamma).values[0]
    for _ in range(300):
        t = np.zeros(M)
        t[rng.choice(M, k, replace=False)] = total * rng.dirichlet(np.ones(k))
        assert s @ t - gamma / 2 * t @ t <= found + 1e-12
