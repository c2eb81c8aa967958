"""What can be measured of a map without the truth, at well-spread samples."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.matching.learned.first_maps import PlacedPair
from geomlearn.matching.point_map import Maps
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.orientation import OrientationTest, surface_calculus

# Samples of each shape, modes of the embedding in which distances are measured, neighbours of each sample.
SAMPLES, MODES, NEIGHBOURS = 500, 30, 8
# Modes of the functional map by which orientation is compared.
ORIENTATION_MODES = 20
# With partners on either side for less than this share of the samples, or on one for fewer than two, all are heeded: a
# few that fit prove nothing.
LEAST_OVERLAP = 0.3
# Smallest value told apart from zero, where logarithms are taken.
FLOOR = 1e-3


@dataclass(frozen=True)
class Evidence:
    """Of one map and its companion back; 0 is best for all.

    Attributes
    ----------
    stretch      mean |log| of the factor by which distances to neighbours change;  torn  its 95th percentile.
    bend         mean change of the distances between random pairs, over their mean.
    round_trip   mean distance between a sample and where it ends there and back, over the mean distance of pairs.
    uncovered    share of samples of B next to no image.
    flips        share of samples around which orientation is reversed;  turned  1 minus the mean agreement, halved.
    disagreement mean distance between the places the learned features see at a sample and at its image: 0 the same,
                 1 any two; nan where they say nothing;  strangers  share of samples for which it is above ½.
    """

    stretch: float
    torn: float
    bend: float
    round_trip: float
    uncovered: float
    flips: float
    turned: float
    disagreement: float
    strangers: float

    def vector(self) -> np.ndarray:
        """Logarithms, in the order of the attributes."""
        return np.log(np.array(astuple(self)) + FLOOR)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of the attributes."""
        return tuple(field.name for field in fields(cls))


class EvidenceCollector:
    """Measures maps of one pair.

    Parameters
    ----------
    a, b     the shapes made ready;  places   of both by the learned features, or None;  reverses   one is a mirrored
             copy: good maps swap left and right.
    """

    def __init__(self, a: Prepared, b: Prepared, places: PlacedPair | None, *, reverses: bool = False) -> None:
        self.a, self.b, self._places = a, b, places
        self.samples_a, self.samples_b = a.samples[:SAMPLES], b.samples[:SAMPLES]
        k = min(MODES + 1, a.basis.k, b.basis.k)
        self._rows_a, self._rows_b = (_embedding(side.basis.evecs[:, 1:k], side.basis.evals[1:k]) for side in (a, b))
        self._near = cKDTree(self._rows_a[self.samples_a]).query(
            self._rows_a[self.samples_a], k=min(NEIGHBOURS + 1, len(self.samples_a))
        )[1][:, 1:]
        self._k = min(ORIENTATION_MODES, k)
        calculus = surface_calculus(a.shape), surface_calculus(b.shape)
        low_a, low_b = a.basis.truncated(self._k), b.basis.truncated(self._k)
        self._orientation = OrientationTest(*calculus, low_a, low_b, self.samples_a)
        self._sign = -1.0 if reverses else 1.0
        self._read_b = cKDTree(b.shape.vertices[b.samples[: len(places.on_b)]]) if places else None

    def of_maps(self, maps: Maps) -> Evidence:
        """Evidence of maps of all vertices, by those that have partners where parts were matched."""
        partners = []
        for partner, samples in ((maps.partner_ab, self.samples_a), (maps.partner_ba, self.samples_b)):
            kept = np.ones(len(samples), bool) if partner is None else partner[samples]
            partners.append(kept)
        if max(kept.mean() for kept in partners) < LEAST_OVERLAP or min(kept.sum() for kept in partners) < 2:
            partners = [np.ones(len(kept), bool) for kept in partners]
        return self.of(maps.map_ab[self.samples_a], maps.map_ba, *partners)

    def of(
        self, image: np.ndarray, back: np.ndarray, kept_a: np.ndarray | None = None, kept_b: np.ndarray | None = None
    ) -> Evidence:
        """Evidence of a map.

        Parameters
        ----------
        image (s,)   vertices of B for `samples_a`;  back (n_b,) or (t,)   vertices of A for all of B, or for
                     `samples_b`.
        kept_a (s,), kept_b (t,)   samples to go by, all when absent.
        """
        kept = np.ones(len(image), bool) if kept_a is None else kept_a
        here, there = self._rows_a[self.samples_a], self._rows_b[image]
        shuffled = np.random.default_rng(0).permutation(np.flatnonzero(kept))
        apart, moved = (np.linalg.norm(rows[kept] - rows[shuffled], axis=1) for rows in (here, there))
        near, far = (np.linalg.norm(rows[:, None] - rows[self._near], axis=2) for rows in (here, there))
        # Neighbours are as far apart as samples are: what is closer than a tenth of that is the same place.
        least = 0.1 * near.mean()
        change = np.abs(np.log(np.maximum(far, least) / np.maximum(near, least)))
        # Neighbours without a partner are no evidence.
        change = (change * kept[self._near]).sum(axis=1) / np.maximum(kept[self._near].sum(axis=1), 1)
        change = change[kept]
        agreement = self._sign * self._orientation.agreement(self._fmap_ba(image, kept), image)[kept]
        disagreement, strangers = self._strangeness(image, kept)
        return Evidence(
            stretch=float(change.mean()),
            torn=float(np.percentile(change, 95)),
            bend=float(np.abs(apart - moved).mean() / apart.mean()),
            round_trip=self._round_trip(image, back, apart.mean(), kept),
            uncovered=self._uncovered(image, kept_b),
            flips=float((agreement < 0).mean()),
            turned=float(1 - agreement.mean()) / 2,
            disagreement=disagreement,
            strangers=strangers,
        )

    def _round_trip(self, image: np.ndarray, back: np.ndarray, scale: float, kept: np.ndarray) -> float:
        if len(back) == self.b.shape.n_vertices:
            ends = back[image]
        else:
            near = cKDTree(self._rows_b[self.samples_b]).query(self._rows_b[image])[1]
            ends = back[near]
        far = np.linalg.norm(self._rows_a[ends] - self._rows_a[self.samples_a], axis=1)
        return float(far[kept].mean() / scale)

    def _uncovered(self, image: np.ndarray, kept: np.ndarray | None) -> float:
        rows = self._rows_b[self.samples_b]
        spacing = cKDTree(rows).query(rows, k=2)[0][:, 1].mean()
        far = cKDTree(self._rows_b[image]).query(rows if kept is None else rows[kept])[0]
        return float((far > 2 * spacing).mean()) if len(far) else 1.0

    def _fmap_ba(self, image: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """(k, k) least squares on the samples."""
        rows_a = self.a.basis.evecs[self.samples_a[kept], : self._k]
        return np.linalg.lstsq(rows_a, self.b.basis.evecs[image[kept], : self._k], rcond=1e-6)[0]

    def _strangeness(self, image: np.ndarray, kept: np.ndarray) -> tuple[float, float]:
        if self._places is None or self._read_b is None:
            return float("nan"), float("nan")
        count = min(len(self.samples_a), len(self._places.on_a))
        seen = self._read_b.query(self.b.shape.vertices[image[:count]])[1]
        gap = ((self._places.on_a[:count] - self._places.on_b[seen]) ** 2).sum(axis=1) / self._places.spread
        gap = gap[kept[:count]]
        return float(gap.mean()), float((gap > 0.5).mean())


def _embedding(evecs: np.ndarray, evals: np.ndarray) -> np.ndarray:
    """Modes over their eigenvalues; constants of separate pieces, which have none, count as the first other."""
    positive = evals[evals > 1e-8 * evals[-1]]
    return evecs / np.maximum(evals, positive[0] if len(positive) else 1.0)
