"""What a search among rows can do, wherever its rows are held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

# An array where the search runs: of numpy, or a tensor on a GPU.
Held = Any


class RowSearch(ABC):
    """Neighbour searches one after another in the same buffers: fresh memory costs more than small products."""

    @abstractmethod
    def held(self, array: np.ndarray, precision: str = "") -> Held:
        """The array where the search runs, in the precision of the search unless another is asked for."""

    @abstractmethod
    def indices(self, array: np.ndarray) -> Held:
        """The indices where the search runs."""

    @abstractmethod
    def nearest(self, queries: Held, points: Held, half_norms: Held) -> np.ndarray:
        """(q,) for each query (q, d) the point (p, d) that minimises half_norms (p,) − ⟨query, point⟩."""

    @abstractmethod
    def nearest_listed(self, queries: Held, points: Held, half_norms: Held, listed: Held) -> np.ndarray:
        """`nearest` among the points that `listed` (q, r) names for each query only."""

    @abstractmethod
    def solved(self, squares: Held, right: Held) -> np.ndarray:
        """The X (k, c) with squares (k, k) X = right (k, c), squares symmetric and not negative.

        The smallest of them in the least-squares sense where samples leave modes of some small piece undetermined.
        """

    @abstractmethod
    def _product(self, rows: Held, matrix: Held) -> Held:
        """rows (n, k) @ matrix (k, k), good until the next one."""

    def bijective(
        self, source: Held, target: Held, to_from: np.ndarray, from_to: np.ndarray, weight: float
    ) -> np.ndarray:
        """The point map source → target that suits a functional map along it, and the inverse of another against it.

        Rows x of the source (n_from, k) are looked up in the weighted mean of the two embeddings of the target, y C_tfᵀ
        and y C_ft for rows y (n_to, k).

        Parameters
        ----------
        to_from (k, k)  C_tf carries functions from target to source, from_to (k, k)  C_ft the other way.
        weight          of the second embedding against the first, ≥ 0.

        Returns
        -------
        (n_from,) indices of rows of the target.

        Differs  The sum ‖x − y C_tfᵀ‖² + w ‖x − y C_ft‖² also holds a term of y alone, how far its two embeddings are
                 apart. It keeps images away from where the maps disagree; without it errors are no larger, in half the
                 time.
        """
        return self.nearest(source, *self._moved(target, to_from, from_to, weight))

    def bijective_near(
        self,
        source: Held,
        target: Held,
        to_from: np.ndarray,
        from_to: np.ndarray,
        weight: float,
        start: np.ndarray,
        neighbours: Held,
    ) -> np.ndarray:
        """`bijective` among the neighbours (n_to, r) of the points `start` (n_from,) only."""
        moved = self._moved(target, to_from, from_to, weight)
        return self.nearest_listed(source, *moved, neighbours[self.indices(start)])

    def _moved(self, target: Held, to_from: np.ndarray, from_to: np.ndarray, weight: float) -> tuple[Held, Held]:
        """(n_to, k) the target's rows in the embedding of the source, and (n_to,) half their squared norms."""
        points = self._product(target, self.held((to_from.T + weight * from_to) / (1 + weight)))
        return points, (points * points).sum(1) / 2
