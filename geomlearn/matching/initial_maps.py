"""First functional maps of a pair, each way of finding them giving hypotheses that are judged alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geomlearn.core.progress import Progress
from geomlearn.matching.candidates import Candidate, CandidateEvaluator, MapProblem, first_maps
from geomlearn.matching.judge.evidence import Evidence, EvidenceCollector
from geomlearn.matching.judge.verdict import judged
from geomlearn.matching.learned.first_maps import USES, Named, PlacedPair, Use, named, placed, sample_maps
from geomlearn.matching.learned.model import FeatureModel
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.matching.terms.orientation import surface_calculus
from geomlearn.matching.zoomout.sides import EmbeddingPair

# Candidates of the descriptors that are worth judging; modes that learned first maps are grown from.
JUDGED_CANDIDATES, LEARNED_FROM = 4, (30, 15)


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A first map and what is to be thought of it.

    Attributes
    ----------
    source                  what it came from: descriptors, learned both, learned coordinates, registration …
    fmap_ab, fmap_ba (k, k)   at unit area.
    evidence, predicted_error, p_within_5   see `judge`.
    details                 more about it, JSON values.
    """

    source: str
    fmap_ab: np.ndarray
    fmap_ba: np.ndarray
    evidence: Evidence
    predicted_error: float
    p_within_5: float
    details: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """Without the matrices."""
        return {
            "source": self.source,
            "predicted_error": self.predicted_error,
            "p_within_5": self.p_within_5,
            **self.details,
        }


def hypothesis(
    source: str, fmaps: tuple[np.ndarray, np.ndarray], evidence: Evidence, details: dict[str, Any]
) -> Hypothesis:
    """With what the judge says of the evidence."""
    return Hypothesis(source, *fmaps, evidence, *judged(evidence), details)


def likeliest_first(found: Iterable[Hypothesis]) -> list[Hypothesis]:
    """By predicted error."""
    return sorted(found, key=lambda one: one.predicted_error)


def descriptor_candidates(
    a: Prepared, b: Prepared, landmarks: np.ndarray, options: MatchOptions, progress: Progress
) -> list[Candidate]:
    """First maps from descriptors, grown a little, best first."""
    values = descriptors(a.basis, b.basis, options, landmarks)
    return first_maps(*_problems(a, b, values), options, progress)


def from_descriptors(collector: EvidenceCollector, candidates: list[Candidate]) -> list[Hypothesis]:
    """The best candidates as hypotheses."""
    a, b = collector.a, collector.b
    found = []
    for candidate in candidates[:JUDGED_CANDIDATES]:
        evidence = _evidence(collector, candidate, a, b)
        found.append(hypothesis("descriptors", (candidate.fmap_ab, candidate.fmap_ba), evidence, candidate.summary()))
    return found


class LearnedMaps:
    """What the learned features see of a pair.

    Parameters
    ----------
    a, b   shapes made ready;  model   the features.

    Attributes
    ----------
    places   of both, read from signatures and coordinates, or None where they say nothing.
    """

    def __init__(self, a: Prepared, b: Prepared, model: FeatureModel) -> None:
        self._model, self._sides = model, (a, b)
        self._named: tuple[Named, Named] = named(a, model), named(b, model)
        self.places = placed(*self._named, model)

    def hypotheses(
        self, collector: EvidenceCollector, options: MatchOptions, enough: float = 1.0
    ) -> Iterator[Hypothesis]:
        """One from each half of the inputs and from both, cheapest first, and one more from the likeliest.

        None where the features say nothing; no further one is begun when one is likely `enough`.
        """
        if self.places is None:
            return
        a, b = self._sides
        k = max(LEARNED_FROM)
        evaluator = CandidateEvaluator(*_problems(a, b, (np.zeros((0, 0)),) * 2), options, k)

        def grown(use: Use, pair: PlacedPair, fmaps: tuple[np.ndarray, np.ndarray], start: int) -> Hypothesis:
            cut = min(start, len(fmaps[0]))
            one = evaluator.judged((fmaps[0][:cut, :cut], fmaps[1][:cut, :cut]), options)
            details = {"use": use, "grown_from": cut, "kind": pair.kind, "p_kind": pair.probability}
            return hypothesis(f"learned {use}", (one.fmap_ab, one.fmap_ba), _evidence(collector, one, a, b), details)

        best: tuple[float, tuple[Use, PlacedPair, tuple[np.ndarray, np.ndarray]]] | None = None
        for use in USES:
            pair = self.places if use == "both" else placed(*self._named, self._model, use)
            if pair is None:
                continue
            first = use, pair, _functional_maps(a, b, pair, k)
            found = grown(*first, LEARNED_FROM[0])
            yield found
            if found.p_within_5 >= enough:
                return
            if best is None or found.predicted_error < best[0]:
                best = found.predicted_error, first
        # Of the likeliest one a smaller leading block is tried too: it has forgotten what is wrong in the small.
        if best is not None:
            for start in LEARNED_FROM[1:]:
                yield grown(*best[1], start)


def _functional_maps(a: Prepared, b: Prepared, pair: PlacedPair, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Functional maps of the nearest samples in expected template modes."""
    rows = a.samples[: len(pair.on_a)], b.samples[: len(pair.on_b)]
    k = min(k, a.basis.k, b.basis.k, *(len(one) // 4 for one in rows))
    return EmbeddingPair(a.basis, b.basis, *rows).functional_maps(sample_maps(pair), k, 1.0)


def _evidence(collector: EvidenceCollector, candidate: Candidate, a: Prepared, b: Prepared) -> Evidence:
    image, back = candidate.maps or (np.zeros(0, np.int64), np.zeros(0, np.int64))
    count = min(len(collector.samples_a), len(image))
    return collector.of(b.samples[image[:count]], a.samples[back[: len(collector.samples_b)]])


def _problems(a: Prepared, b: Prepared, values: tuple[np.ndarray, np.ndarray]) -> tuple[MapProblem, MapProblem]:
    first, second = (
        MapProblem(side.basis, surface_calculus(side.shape), columns, side.samples)
        for side, columns in zip((a, b), values, strict=True)
    )
    return first, second
