"""First functional maps of a pair, from places that the learned features name on both shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.matching.learned.inputs import signatures
from geomlearn.matching.learned.model import FeatureModel
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.sampled_surface import SampledSurface, sampled_surface

Use = Literal["both", "signatures", "coordinates"]
# Cheapest first, given that both have been read to judge by.
USES: tuple[Use, ...] = ("both", "signatures", "coordinates")
# Below this probability that both shapes are of one known kind nothing is said about them.
KNOWN = 0.05


@dataclass(frozen=True, eq=False)
class Named:
    """A shape as the features see it.

    Attributes
    ----------
    surface   its samples;  marks (s, 48)   their signatures.
    """

    side: Prepared
    surface: SampledSurface
    marks: np.ndarray

    @property
    def samples(self) -> np.ndarray:
        """(s,) rows of the prepared shape that are read."""
        return self.side.samples[: len(self.marks)]


@dataclass(frozen=True, eq=False)
class PlacedPair:
    """Places of both shapes on the template of one kind.

    Attributes
    ----------
    kind   the template's;  probability   of both shapes being of it.
    on_a (s, m), on_b (t, m)   expected modes of the template at the samples: points at the same place are near.
    spread   mean squared distance of two random samples there, by which distances are judged.
    """

    kind: str
    probability: float
    on_a: np.ndarray
    on_b: np.ndarray

    @property
    def spread(self) -> float:
        """Mean squared distance between two random samples."""
        return float(2 * np.concatenate([self.on_a, self.on_b]).var(axis=0).sum())


def named(side: Prepared, model: FeatureModel) -> Named:
    """A prepared shape ready to be read."""
    k = min(model.options.k, side.basis.k)
    surface = sampled_surface(side, model.options.n_samples, k)
    return Named(side, surface, signatures(side.basis, side.samples[: len(surface.points)]))


def placed(a: Named, b: Named, model: FeatureModel, use: Use = "both") -> PlacedPair | None:
    """Places of both, or None when they are unlike what the features were trained on, or unlike each other."""
    read_a, read_b = (model.read(one.surface, one.marks, use=use) for one in (a, b))
    kind = max(model.kinds, key=lambda kind: read_a.kinds[kind] + read_b.kinds[kind])
    probability = float(np.exp(read_a.kinds[kind] + read_b.kinds[kind]))
    if probability < KNOWN:
        return None
    modes = model.templates[kind]["modes"]
    return PlacedPair(kind, probability, *(np.exp(read.places[kind]) @ modes for read in (read_a, read_b)))


def sample_maps(pair: PlacedPair) -> tuple[np.ndarray, np.ndarray]:
    """map_ab and map_ba between the samples: the nearest in expected template modes."""
    return cKDTree(pair.on_b).query(pair.on_a)[1], cKDTree(pair.on_a).query(pair.on_b)[1]


def disagreement(pair: PlacedPair, map_ab: np.ndarray) -> np.ndarray:
    """(s,) how far apart the features see each sample and its image (a sample of B): 0 the same place, 1 any two."""
    return ((pair.on_a - pair.on_b[map_ab]) ** 2).sum(axis=1) / pair.spread
