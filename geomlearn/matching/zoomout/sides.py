"""Two spectral embeddings side by side, ready for searching neighbours and fitting functional maps again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.matching.row_search.nearest import row_search
from geomlearn.matching.row_search.search import Held, RowSearch
from geomlearn.shapes.sampling import farthest_points
from geomlearn.spectral.basis import Basis

# Round trips are measured in this many modes, the same at every size so that sizes compare.
ROUND_TRIP_MODES = 20
# Where an image may move to from one size of the basis to the next: on a mesh about the two rings around it.
NEIGHBOURS = 19


class EmbeddingPair:
    """Both embeddings, of all vertices or of samples only, ready for repeated searches and fits.

    Parameters
    ----------
    a, b                  bases.
    samples_a, samples_b  the rows to keep, well spread; all when absent.
    device                where neighbours are searched and maps are fitted.
    """

    def __init__(
        self,
        a: Basis,
        b: Basis,
        samples_a: np.ndarray | None = None,
        samples_b: np.ndarray | None = None,
        *,
        device: str = "cpu",
    ) -> None:
        self._search = row_search(device)
        self._a, self._b = _Rows.of(a, samples_a, self._search), _Rows.of(b, samples_b, self._search)

    def point_maps(self, fmaps: tuple[np.ndarray, np.ndarray], weight: float) -> tuple[np.ndarray, np.ndarray]:
        """map_ab and map_ba between the rows, for (fmap_ab, fmap_ba)."""
        fmap_ab, fmap_ba = fmaps
        k = len(fmap_ab)
        map_ab = self._search.bijective(self._a.searched[:, :k], self._b.searched[:, :k], fmap_ba, fmap_ab, weight)
        map_ba = self._search.bijective(self._b.searched[:, :k], self._a.searched[:, :k], fmap_ab, fmap_ba, weight)
        return map_ab, map_ba

    def functional_maps(
        self, maps: tuple[np.ndarray, np.ndarray], k: int, weight: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """fmap_ab (k, k) and fmap_ba (k, k): least squares in ‖Φ_b C − Φ_a[map_ba]‖² + w ‖Φ_b[map_ab] C − Φ_a‖²."""
        on_b, on_a = (self._search.indices(image) for image in maps)
        # Both products of each side serve both directions: the mixed ones are each other's transposes.
        pulled, carried_a = self._b.products(self._a.fitted[:, :k][on_a])
        pushed, carried_b = self._a.products(self._b.fitted[:, :k][on_b])
        fmap_ab = self._search.solved(self._b.gram[:k, :k] + weight * carried_b, pulled + weight * pushed.T)
        fmap_ba = self._search.solved(self._a.gram[:k, :k] + weight * carried_a, pushed + weight * pulled.T)
        return fmap_ab, fmap_ba

    def round_trip(self, maps: tuple[np.ndarray, np.ndarray]) -> float:
        """Mean squared distance, in the first modes, between points and their images there and back; random is 1."""
        map_ab, map_ba = maps
        total = 0.0
        for rows, there_and_back in ((self._a, map_ba[map_ab]), (self._b, map_ab[map_ba])):
            total += ((rows.low[there_and_back] - rows.low) ** 2).sum() / (2 * rows.spread)
        return float(total / 2)


@dataclass(frozen=True, eq=False)
class Tracked:
    """What of a shape is followed: all its vertices, or samples of them.

    Attributes
    ----------
    samples (s,)  indices of well-spread vertices, None for all;  neighbours (s, r)  for each of them the ones near it,
    itself first, counted among them.
    """

    samples: np.ndarray | None
    neighbours: np.ndarray


def tracking_samples(points: np.ndarray, n_samples: int) -> Tracked:
    """All of the points (n, 3) where they are no more than `n_samples`, else so many well-spread ones."""
    if len(points) <= n_samples:
        return Tracked(None, neighbourhoods(points))
    samples = farthest_points(points, n_samples)
    return Tracked(samples, neighbourhoods(points[samples]))


def tracking_pair(points_a: np.ndarray, points_b: np.ndarray, n_samples: int) -> tuple[Tracked, Tracked] | None:
    """`tracking_samples` of both shapes; None where 0 says that nothing is."""
    return (tracking_samples(points_a, n_samples), tracking_samples(points_b, n_samples)) if n_samples else None


def neighbourhoods(points: np.ndarray) -> np.ndarray:
    """(n, r) for each point (n, 3) the nearest ones, itself first."""
    return cKDTree(points).query(points, min(NEIGHBOURS, len(points)))[1].reshape(len(points), -1)


class TrackedEmbeddingPair(EmbeddingPair):
    """All vertices of both sides, or many samples, whose images are searched among all of them once and then followed.

    From one size of the basis to the next an image moves to a row nearby or not at all, so that it need only be
    compared with its neighbours: O(n) instead of the O(n^1.5) of a search among all.

    Parameters
    ----------
    a, b                      bases.
    followed_a, followed_b    the rows to keep, and which are near each other.
    device                    where neighbours are searched and maps are fitted.
    """

    def __init__(self, a: Basis, b: Basis, followed_a: Tracked, followed_b: Tracked, *, device: str = "cpu") -> None:
        self._search = row_search(device)
        self._a, self._b = (
            _weighed(basis, rows.samples, self._search) for basis, rows in ((a, followed_a), (b, followed_b))
        )
        self._near_a, self._near_b = (self._search.indices(rows.neighbours) for rows in (followed_a, followed_b))
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def point_maps(self, fmaps: tuple[np.ndarray, np.ndarray], weight: float) -> tuple[np.ndarray, np.ndarray]:
        """map_ab and map_ba between the rows, near those of the last call if there was one."""
        if self._last is None:
            self._last = super().point_maps(fmaps, weight)
            return self._last
        fmap_ab, fmap_ba = fmaps
        k = len(fmap_ab)
        a, b = self._a.searched[:, :k], self._b.searched[:, :k]
        map_ab = self._search.bijective_near(a, b, fmap_ba, fmap_ab, weight, self._last[0], self._near_b)
        map_ba = self._search.bijective_near(b, a, fmap_ab, fmap_ba, weight, self._last[1], self._near_a)
        self._last = map_ab, map_ba
        return self._last


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of an embedding.

    Attributes
    ----------
    searched, fitted (s, k)  for searches, in single precision, which halves the time and moves no more than ties; for
                 fits, in double precision unless the rows are samples, which make the fit approximate anyway.
    mass         (s, 1), or one number where all weigh the same.
    low (s, ≤ 20)  the first modes but the constant, for round trips.
    identity (k, k)  what the products of the columns under the mass are, where that is known; else None.
    """

    searched: Held
    fitted: Held
    mass: Held | float
    low: np.ndarray
    identity: Held | None

    @classmethod
    def of(cls, basis: Basis, samples: np.ndarray | None, search: RowSearch, *, single: bool = False) -> _Rows:
        rows = basis.evecs if samples is None else basis.evecs[samples]
        low = rows[:, 1 : 1 + ROUND_TRIP_MODES]
        searched = search.held(rows)
        if samples is not None:
            return cls(searched, searched, float(basis.mass.sum() / len(samples)), low, None)
        precision = "" if single else "float64"
        fitted = searched if single else search.held(rows, precision)
        mass, identity = basis.mass[:, None], np.eye(rows.shape[1])
        return cls(searched, fitted, search.held(mass, precision), low, search.held(identity, precision))

    @cached_property
    def spread(self) -> float:
        """Summed squared distance of the rows from their mean, in the first modes."""
        return float(((self.low - self.low.mean(axis=0)) ** 2).sum())

    def products(self, values: Held) -> tuple[Held, Held]:
        """ΦᵀM V and VᵀM V for V (s, k), which is overwritten."""
        fitted = self.fitted[:, : values.shape[1]]
        if isinstance(self.mass, float):
            return self.mass * (fitted.T @ values), self.mass * (values.T @ values)
        values *= self.root
        squares = values.T @ values
        values *= self.root
        return fitted.T @ values, squares

    @cached_property
    def gram(self) -> Held:
        """(k, k) products of the columns; those of fewer columns are its leading block."""
        return self.products(1 * self.fitted)[1] if self.identity is None else self.identity

    @cached_property
    def root(self) -> Held:
        """(s, 1) square roots of the masses."""
        return self.mass**0.5


def _weighed(basis: Basis, samples: np.ndarray | None, search: RowSearch) -> _Rows:
    """Rows in single precision; samples weigh what lies next to them."""
    whole = _Rows.of(basis, None, search, single=True)
    if samples is None:
        return whole
    low = search.held(whole.low)
    near = search.nearest(low, low[samples], (low[samples] ** 2).sum(1) / 2)
    mass = np.bincount(near, basis.mass, len(samples))
    rows = whole.searched[search.indices(samples)]
    return _Rows(rows, rows, search.held(mass[:, None]), whole.low[samples], None)
