"""Two spectral embeddings side by side, ready for searching neighbours and fitting functional maps again and again."""

from __future__ import annotations

from copy import copy

import numpy as np

from geomlearn.matching.point_map import RowSearch
from geomlearn.spectral.basis import Basis

# Round trips are measured in this many modes, the same at every size so that sizes compare.
ROUND_TRIP_MODES = 20


class Sides:
    """Both embeddings, of all vertices or of samples only, ready for repeated searches and fits.

    Parameters
    ----------
    a, b                  bases.
    samples_a, samples_b  the rows to keep; all when absent.
    single                fit in single precision too, as samples do: for maps that will be refined further.
    device                where neighbours are searched.
    """

    def __init__(
        self,
        a: Basis,
        b: Basis,
        samples_a: np.ndarray | None = None,
        samples_b: np.ndarray | None = None,
        *,
        single: bool = False,
        device: str = "cpu",
    ) -> None:
        self.a, self.mass_a = _rows(a, samples_a, single)
        self.b, self.mass_b = _rows(b, samples_b, single)
        self.orthonormal = samples_a is None
        self._search = RowSearch(device)
        # Neighbours are searched in single precision, which halves the time and moves no more than ties.
        self._single_a, self._single_b = self._search.tensor(self.a), self._search.tensor(self.b)

    def leading(self, n: int) -> Sides:
        """The first n samples of each side, which are as well spread as all; the whole when it is not sampled."""
        if self.orthonormal or n >= max(len(self.a), len(self.b)):
            return self
        part = copy(self)
        part.a, part.b = self.a[:n], self.b[:n]
        part._single_a, part._single_b = self._single_a[:n], self._single_b[:n]
        part.mass_a, part.mass_b = (
            mass * len(rows) / min(n, len(rows)) for mass, rows in ((self.mass_a, self.a), (self.mass_b, self.b))
        )
        return part

    def point_maps(self, fmaps: tuple[np.ndarray, np.ndarray], weight: float) -> tuple[np.ndarray, np.ndarray]:
        """map_ab and map_ba between the rows, for (fmap_ab, fmap_ba)."""
        fmap_ab, fmap_ba = fmaps
        k = len(fmap_ab)
        a, b = self._single_a[:, :k], self._single_b[:, :k]
        map_ab = self._search.bijective(a, b, fmap_ba, fmap_ab, weight)
        map_ba = self._search.bijective(b, a, fmap_ab, fmap_ba, weight)
        return map_ab, map_ba

    def functional_maps(
        self, maps: tuple[np.ndarray, np.ndarray], k: int, weight: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """fmap_ab (k, k) and fmap_ba (k, k): least squares in ‖Φ_b C − Φ_a[map_ba]‖² + w ‖Φ_b[map_ab] C − Φ_a‖²."""
        map_ab, map_ba = maps
        a, b = self.a[:, :k], self.b[:, :k]
        a_on_b, b_on_a = a[map_ba], b[map_ab]
        # Four products serve both directions: the mixed ones are each other's transposes.
        pulled = b.T @ _weighted(self.mass_b, a_on_b)
        pushed = b_on_a.T @ _weighted(self.mass_a, a)
        squares_b = self._gram(b, self.mass_b), weight * (b_on_a.T @ _weighted(self.mass_a, b_on_a))
        squares_a = self._gram(a, self.mass_a), weight * (a_on_b.T @ _weighted(self.mass_b, a_on_b))
        fmap_ab = _solved(squares_b[0] + squares_b[1], pulled + weight * pushed)
        fmap_ba = _solved(squares_a[0] + squares_a[1], pushed.T + weight * pulled.T)
        return fmap_ab.astype(float), fmap_ba.astype(float)

    def _gram(self, rows: np.ndarray, mass: np.ndarray | float) -> np.ndarray:
        return np.eye(rows.shape[1]) if self.orthonormal else mass * (rows.T @ rows)

    def round_trip(self, maps: tuple[np.ndarray, np.ndarray]) -> float:
        """Mean squared distance, in the first modes, between points and their images there and back; random is 1."""
        map_ab, map_ba = maps
        total = 0.0
        for rows, there_and_back in ((self.a, map_ba[map_ab]), (self.b, map_ab[map_ba])):
            low = rows[:, 1 : 1 + ROUND_TRIP_MODES]
            total += ((low[there_and_back] - low) ** 2).sum() / (2 * ((low - low.mean(axis=0)) ** 2).sum())
        return float(total / 2)


def _solved(squares: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The least-squares solution; the smallest of them where samples leave modes of some small piece undetermined."""
    rounding = len(squares) * float(np.finfo(squares.dtype).eps)
    try:
        pivots = np.linalg.cholesky(squares).diagonal()
    except np.linalg.LinAlgError:
        pivots = np.zeros(1)
    if pivots.min() > rounding**0.5 * pivots.max():
        return np.linalg.solve(squares, right)
    return np.linalg.lstsq(squares, right, rcond=10 * rounding)[0]


class FollowedSides(Sides):
    """All vertices of both sides, whose images are searched among all once and then followed.

    From one size of the basis to the next an image moves to a vertex nearby or not at all, so that it need only be
    compared with its neighbours: O(n) instead of the O(n^1.5) of a search among all.

    Parameters
    ----------
    a, b                      bases.
    neighbours_a, neighbours_b  (n_a, r), (n_b, r) for each vertex those near it, itself first.
    device                    where neighbours are searched.
    """

    def __init__(
        self, a: Basis, b: Basis, neighbours_a: np.ndarray, neighbours_b: np.ndarray, *, device: str = "cpu"
    ) -> None:
        super().__init__(a, b, single=True, device=device)
        self._near_a, self._near_b = (self._search.indices(near) for near in (neighbours_a, neighbours_b))
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def point_maps(self, fmaps: tuple[np.ndarray, np.ndarray], weight: float) -> tuple[np.ndarray, np.ndarray]:
        """map_ab and map_ba, near those of the last call if there was one."""
        if self._last is None:
            self._last = super().point_maps(fmaps, weight)
            return self._last
        fmap_ab, fmap_ba = fmaps
        k = len(fmap_ab)
        a, b = self._single_a[:, :k], self._single_b[:, :k]
        map_ab = self._search.bijective_near(a, b, fmap_ba, fmap_ab, weight, self._last[0], self._near_b)
        map_ba = self._search.bijective_near(b, a, fmap_ab, fmap_ba, weight, self._last[1], self._near_a)
        self._last = map_ab, map_ba
        return self._last


def _rows(basis: Basis, samples: np.ndarray | None, single: bool) -> tuple[np.ndarray, np.ndarray | float]:
    """The rows and what each weighs; well-spread samples weigh the same."""
    if samples is None and single:
        return basis.evecs.astype(np.float32), basis.mass.astype(np.float32)
    if samples is None:
        return basis.evecs, basis.mass
    # Single precision is ample for fits that sampling has already made approximate.
    return basis.evecs[samples].astype(np.float32), float(basis.mass.sum() / len(samples))


def _weighted(mass: np.ndarray | float, rows: np.ndarray) -> np.ndarray:
    return mass[:, None] * rows if isinstance(mass, np.ndarray) else mass * rows
