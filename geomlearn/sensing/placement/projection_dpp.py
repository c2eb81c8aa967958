"""Projection determinantal point processes on finitely many points, drawn exactly."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError

# Proposals looked at together, and how many of them before the conditional law is written out instead.
_BATCH = 32
_TRIES_A_MODE = 8


class ChainRule:
    """The chain rule of a projection DPP, which may be conditioned on points and kept off others.

    A draw is proposed by the law of one point, p_i = ‖Q_i‖²/m, and accepted with the share of Q_i that is orthogonal
    to the rows drawn before: an exact draw from the conditional law in O(m²) instead of O(n m). Where that is accepted
    too rarely, the conditional law is written out for all points; what was refused does not change it.

    Parameters
    ----------
    rows  (n, m) with orthonormal columns.

    Source   Hough, Krishnapur, Peres & Virág 2006, algorithm 18; rejection as in Gautier, Bardenet & Valko 2019.
    Differs  rows are orthogonalised twice, without which a hundred steps lose the repulsion to rounding.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows
        self._squared = np.einsum("ij,ij->i", rows, rows)
        self._cumulated = np.cumsum(self._squared)
        self._found = np.zeros((0, rows.shape[1]))

    @property
    def complete(self) -> bool:
        """Whether no direction is left, so that one realisation is finished."""
        return len(self._found) == self._rows.shape[1]

    def restart(self) -> None:
        """Forget the points drawn: the next one begins an independent realisation."""
        self._found = self._found[:0]

    def add(self, point: int) -> bool:
        """Condition on a point; False when its row holds nothing new."""
        rest = self._rest(self._rows[point : point + 1])[0]
        length = np.linalg.norm(rest)
        if self.complete or length <= 1e-7 * np.sqrt(self._squared[point]):
            return False
        self._found = np.vstack([self._found, rest / length])
        return True

    def draw(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """One point of the conditional law among the available (n,), not yet added; None when it gives them nothing."""
        return self._proposed(available, rng, _TRIES_A_MODE * self._rows.shape[1], self._kept_share)

    def draw_marginal(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """One point of the law of a single point, p_i = ‖Q_i‖²/m, whatever was drawn before."""
        return self._proposed(available, rng, _BATCH, lambda points: np.ones(len(points)))

    def _proposed(self, available, rng, tries, accepted_share) -> int | None:
        for _ in range(0, max(tries, 1), _BATCH):
            chances = rng.random((2, _BATCH))
            points = np.searchsorted(self._cumulated, chances[0] * self._cumulated[-1], side="right")
            points = np.minimum(points, len(self._squared) - 1)
            taken = available[points] & (chances[1] < accepted_share(points))
            if taken.any():
                return int(points[taken.argmax()])
        law = np.where(available, self._squared * accepted_share(slice(None)), 0.0)
        # What rounding leaves of rows that lie in the span is no chance.
        law[law <= 1e-14 * self._squared] = 0.0
        total = np.cumsum(law)
        if total[-1] <= 0:
            return None
        return int(np.searchsorted(total, rng.random() * total[-1], side="right"))

    def _kept_share(self, points: np.ndarray | slice) -> np.ndarray:
        rest = self._rest(self._rows[points])
        squared = self._squared[points]
        left = np.einsum("ij,ij->i", rest, rest)
        return np.divide(left, squared, out=np.zeros(len(squared)), where=squared > 0)

    def _rest(self, rows: np.ndarray) -> np.ndarray:
        for _ in range(2):
            rows = rows - (rows @ self._found.T) @ self._found
        return rows


def projection_dpp(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the m points of one realisation.

    Parameters
    ----------
    rows  (n, m) Q with orthonormal columns; the kernel is K = Q Qᵀ.

    Returns
    -------
    (m,) distinct indices in the order drawn; P(i drawn) = K_ii, P(i and j drawn) = K_ii K_jj − K_ij².

    Raises
    ------
    ParameterError   the columns are dependent.

    Use when …    few points must determine the m coefficients of a function in the span of Q.
    Source   see `ChainRule`.
    """
    chain = ChainRule(rows)
    anywhere = np.ones(len(rows), bool)
    drawn = []
    while not chain.complete:
        point = chain.draw(anywhere, rng)
        if point is None:
            raise ParameterError("The rows span fewer directions than they have columns.", "Orthonormalise them first.")
        if chain.add(point):
            drawn.append(point)
    return np.array(drawn, np.int64)
