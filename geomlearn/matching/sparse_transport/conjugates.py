"""The two conjugates of the constraint "at most k nonzeros", column by column, with their gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Columns(NamedTuple):
    """Conjugate values (n,), and where they are attained: entries (k, n) of columns and their rows (k, n).

    Attributes
    ----------
    threshold (n,)  τ of the simplex projection; zero where there is none.
    """

    values: np.ndarray
    rows: np.ndarray
    entries: np.ndarray
    threshold: np.ndarray


def largest(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows (k, n) of the k largest scores (m, n) of each column, descending, and these scores; of ties any."""
    k = min(k, len(scores))
    rows = np.argpartition(scores, len(scores) - k, axis=0)[len(scores) - k :]
    found = np.take_along_axis(scores, rows, axis=0)
    order = np.argsort(-found, axis=0, kind="stable")
    return np.take_along_axis(rows, order, axis=0), np.take_along_axis(found, order, axis=0)


def positive_conjugate(scores: np.ndarray, k: int, gamma: float) -> Columns:
    """Ω*_+(s) = (1/2γ) Σ_{i ≤ k} max(s_[i], 0)² of every column, and its gradient max(top_k(s), 0)/γ."""
    rows, found = largest(scores, k)
    entries = np.maximum(found, 0) / gamma
    return Columns(gamma / 2 * (entries**2).sum(axis=0), rows, entries, np.zeros(scores.shape[1]))


def simplex_conjugate(scores: np.ndarray, sums: np.ndarray, k: int, gamma: float) -> Columns:
    """Ω*_b(s) = max ⟨s, t⟩ − γ/2 ‖t‖² over t ≥ 0 with sum b and at most k nonzeros; attained at P_k(s/γ; b)."""
    rows, found = largest(scores, k)
    entries, threshold = _projected(found / gamma, sums)
    return Columns((found * entries).sum(axis=0) - gamma / 2 * (entries**2).sum(axis=0), rows, entries, threshold)


def sparse_simplex(vectors: np.ndarray, sums: np.ndarray, k: int) -> np.ndarray:
    """P_k(·; b): the nearest to each column of (m, n) with entries ≥ 0, sum b (n,), and at most k nonzeros.

    Source   Kyrillidis, Becker, Cevher & Koch 2013, Sparse projections onto the simplex.
    """
    rows, found = largest(vectors, k)
    projected = np.zeros(vectors.shape)
    np.put_along_axis(projected, rows, _projected(found, sums)[0], axis=0)
    return projected


def _projected(descending: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Simplex projection of columns in descending order (k, n), and its thresholds (n,)."""
    k, n = descending.shape
    counts = np.arange(1, k + 1)[:, None]
    tau = (np.cumsum(descending, axis=0) - sums) / counts
    size = np.maximum((descending > tau).sum(axis=0), 1)
    threshold = tau[size - 1, np.arange(n)]
    return np.maximum(descending - threshold, 0) * (counts <= size), threshold
