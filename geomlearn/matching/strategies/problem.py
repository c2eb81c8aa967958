"""A pair to be matched, and what is found out about it on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from geomlearn.core.results import Result
from geomlearn.matching.doubts import featureless, handles, suspicion
from geomlearn.matching.initial_maps import Hypothesis, LearnedMaps
from geomlearn.matching.judge.evidence import EvidenceCollector
from geomlearn.matching.judge.verdict import Verdict, verdict_of
from geomlearn.matching.learned.model import BUNDLED, bundled_features, load_features
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.point_map import Maps
from geomlearn.matching.prepared import Prepared

# Error that is expected where no map is better than another, 100 × distance / √area.
WORST = 60.0
# Signatures of fewer modes are not those the features have learned from.
FEWEST_MODES = 100

# Refined maps and what is told about how they were found.
Found = tuple[Result[Maps], dict[str, Any]]


class Clock:
    """Seconds spent by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._first = self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._first


@dataclass(eq=False)
class MatchProblem:
    """A pair made ready, and what is found out about it.

    Attributes
    ----------
    a, b, landmarks (l, 2), options, notes   as given; notes are added to.
    clock        of the whole match;  candidates   hypotheses that were judged, best first.
    """

    a: Prepared
    b: Prepared
    landmarks: np.ndarray
    options: MatchOptions
    notes: list[str]
    clock: Clock
    candidates: tuple[Hypothesis, ...] = ()
    tried: list[str] = field(default_factory=list)

    @cached_property
    def learned(self) -> LearnedMaps | None:
        """What the learned features see, or None where they cannot see or are not there."""
        few = min(self.a.basis.k, self.b.basis.k) < FEWEST_MODES
        if few or self.options.orientation == "reversed":
            return None
        if not self.options.features and not BUNDLED.is_file():
            return None
        model = load_features(self.options.features) if self.options.features else bundled_features()
        return LearnedMaps(self.a, self.b, model)

    @cached_property
    def collector(self) -> EvidenceCollector:
        """Measures maps of this pair."""
        places = self.learned.places if self.learned else None
        return EvidenceCollector(self.a, self.b, places, reverses=self.options.orientation == "reversed")

    @cached_property
    def featureless(self) -> list[str]:
        """A sentence where no map is better than its turned copies."""
        return featureless(self.a, self.b)

    @cached_property
    def doubts(self) -> list[str]:
        """What the shapes themselves say against any map between them."""
        return [*self.featureless, *handles(self.a.whole, self.b.whole)]

    def verdict(self, maps: Maps, energy: float = 1.0) -> Verdict:
        """On maps of the prepared shapes; `energy` is the Dirichlet energy over the whole ones, where it is known."""
        if self.featureless:
            return Verdict("bad", WORST, 0.0, f"bad: {self.doubts[0]}")
        evidence = self.collector.of_maps(maps)
        part = bool(suspicion(self.a.whole, self.b.whole)) and "registration" not in self.tried
        return verdict_of(evidence, tuple(self.tried), part=part, energy=energy)
