"""A transport plan with few nonzeros, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array


@dataclass(frozen=True, eq=False)
class SparsePlan:
    """How much goes from each of m sources to each of n targets.

    Attributes
    ----------
    matrix (m, n)    csc; columns sum to the targets' marginals.
    alpha (m,), beta (n,)   potentials, in units of the cost.
    value            of the maximised function, in units of the cost: a lower bound of what any k-sparse plan costs.
    cost             ⟨C, T⟩ of this plan;  gap  its cost with γ/2 ‖T‖² over the value; below 0 where it is infeasible.
    marginal_error   ‖T1 − a‖₁ + ‖Tᵀ1 − b‖₁.
    """

    matrix: csc_array
    alpha: np.ndarray
    beta: np.ndarray
    value: float
    cost: float
    gap: float
    marginal_error: float

    @property
    def most_nonzeros(self) -> int:
        """Of any column."""
        return int(np.diff(self.matrix.indptr).max(initial=0))

    def candidates(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(k, n) sources of each target, heaviest first, and their shares of its mass; −1 and 0 beyond them."""
        n = self.matrix.shape[1]
        rows, shares = np.full((k, n), -1), np.zeros((k, n))
        for j in range(n):
            part = slice(self.matrix.indptr[j], self.matrix.indptr[j + 1])
            order = np.argsort(-self.matrix.data[part], kind="stable")[:k]
            rows[: len(order), j] = self.matrix.indices[part][order]
            shares[: len(order), j] = self.matrix.data[part][order]
        return rows, shares / np.maximum(np.asarray(self.matrix.sum(axis=0)), 1e-300)

    def confidence(self) -> np.ndarray:
        """(n,) the largest share of each target: 1 has a single source."""
        return self.candidates(1)[1][0]

    def carried(self, values: np.ndarray) -> np.ndarray:
        """(n, c) at the targets, means of values (m, c) at their sources."""
        return (self.matrix.T @ values) / np.maximum(np.asarray(self.matrix.sum(axis=0)), 1e-300)[:, None]
