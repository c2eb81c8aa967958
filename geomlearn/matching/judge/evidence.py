"""What can be measured of a map without the truth, at well-spread samples."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.matching.learned.first_maps import PlacedPair
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.orientation import OrientationTest, surface_calculus

# Samples of each shape, modes of the embedding in which distances are measured, neighbours of each sample.
SAMPLES, MODES, NEIGHBOURS = 500, 30, 8
# Modes of the functional map by which orientation is compared.
ORIENTATION_MODES = 20
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
        self._rows_a, self._rows_b = (side.basis.evecs[:, 1:k] / side.basis.evals[1:k] for side in (a, b))
        self._near = cKDTree(self._rows_a[self.samples_a]).query(
            self._rows_a[self.samples_a], k=min(NEIGHBOURS + 1, len(self.samples_a))
        )[1][:, 1:]
        self._k = min(ORIENTATION_MODES, k)
        calculus = surface_calculus(a.shape), surface_calculus(b.shape)
        low_a, low_b = a.basis.truncated(self._k), b.basis.truncated(self._k)
        self._orientation = OrientationTest(*calculus, low_a, low_b, self.samples_a)
        self._sign = -1.0 if reverses else 1.0
        self._read_b = cKDTree(b.shape.vertices[b.samples[: len(places.on_b)]]) if places else None

    def of(self, image: np.ndarray, back: np.ndarray) -> Evidence:
        """Evidence of a map.

        Parameters
        ----------
        image (s,)   vertices of B for `samples_a`;  back (n_b,) or (t,)   vertices of A for all of B, or for
                     `samples_b`.
        """
        here, there = self._rows_a[self.samples_a], self._rows_b[image]
        shuffled = np.random.default_rng(0).permutation(len(here))
        apart, moved = (np.linalg.norm(rows - rows[shuffled], axis=1) for rows in (here, there))
        near, far = (np.linalg.norm(rows[:, None] - rows[self._near], axis=2) for rows in (here, there))
        # Neighbours are as far apart as samples are: what is closer than a tenth of that is the same place.
        least = 0.1 * near.mean()
        change = np.abs(np.log(np.maximum(far, least) / np.maximum(near, least)))
        agreement = self._sign * self._orientation.agreement(self._fmap_ba(image), image)
        disagreement, strangers = self._strangeness(image)
        return Evidence(
            stretch=float(change.mean()),
            torn=float(np.percentile(change.mean(axis=1), 95)),
            bend=float(np.abs(apart - moved).mean() / apart.mean()),
            round_trip=self._round_trip(image, back, apart.mean()),
            uncovered=self._uncovered(image),
            flips=float((agreement < 0).mean()),
            turned=float(1 - agreement.mean()) / 2,
            disagreement=disagreement,
            strangers=strangers,
        )

    def _round_trip(self, image: np.ndarray, back: np.ndarray, scale: float) -> float:
        if len(back) == self.b.shape.n_vertices:
            ends = back[image]
        else:
            near = cKDTree(self._rows_b[self.samples_b]).query(self._rows_b[image])[1]
            ends = back[near]
        return float(np.linalg.norm(self._rows_a[ends] - self._rows_a[self.samples_a], axis=1).mean() / scale)

    def _uncovered(self, image: np.ndarray) -> float:
        rows = self._rows_b[self.samples_b]
        spacing = cKDTree(rows).query(rows, k=2)[0][:, 1].mean()
        return float((cKDTree(self._rows_b[image]).query(rows)[0] > 2 * spacing).mean())

    def _fmap_ba(self, image: np.ndarray) -> np.ndarray:
        """(k, k) least squares on the samples."""
        rows_a = self.a.basis.evecs[self.samples_a, : self._k]
        return np.linalg.lstsq(rows_a, self.b.basis.evecs[image, : self._k], rcond=1e-6)[0]

    def _strangeness(self, image: np.ndarray) -> tuple[float, float]:
        if self._places is None or self._read_b is None:
            return float("nan"), float("nan")
        count = min(len(self.samples_a), len(self._places.on_a))
        seen = self._read_b.query(self.b.shape.vertices[image[:count]])[1]
        gap = ((self._places.on_a[:count] - self._places.on_b[seen]) ** 2).sum(axis=1) / self._places.spread
        return float(gap.mean()), float((gap > 0.5).mean())
