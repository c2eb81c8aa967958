"""The strategies of matching: each turns a pair made ready into refined maps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from geomlearn.core.errors import GeomError, SolverError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.candidates import Candidate
from geomlearn.matching.doubts import featureless, handles, suspicion
from geomlearn.matching.initial_maps import (
    Hypothesis,
    LearnedMaps,
    descriptor_candidates,
    from_descriptors,
    hypothesis,
)
from geomlearn.matching.judge.evidence import EvidenceCollector
from geomlearn.matching.judge.verdict import Verdict, verdict_of
from geomlearn.matching.learned.model import BUNDLED, bundled_features, load_features
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.point_map import Maps, point_map
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.registration import registration
from geomlearn.matching.zoomout.sides import followed
from geomlearn.matching.zoomout.zoomout import zoomout

# Modes from which the chosen first map is refined on all vertices: what few samples made of the others is coarse.
REFINED_FROM = 30
# More disorder in the best first map was only seen on pairs of very different build; isometric ones stay below 0.06.
DISORDERED = 0.08
# A map at least this likely within 5 needs no rival at all, none that costs seconds; one below the last deserves the
# costliest.
CERTAIN, SURE, UNSURE = 0.97, 0.5, 0.35
# The favourite of the descriptors is kept unless another hypothesis is predicted to have less than this part of its
# error.
PREFERRED = 0.9
# Error that is expected where no map is better than another, 100 × distance / √area.
WORST = 60.0
# Signatures of fewer modes are not those the features have learned from.
FEWEST_MODES = 100

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
    def doubts(self) -> list[str]:
        """What the shapes themselves say against any map between them."""
        return [*featureless(self.a, self.b), *handles(self.a.whole, self.b.whole)]

    def verdict(self, maps: Maps) -> Verdict:
        """On maps of the prepared shapes."""
        if featureless(self.a, self.b):
            return Verdict("bad", WORST, 0.0, f"bad: {self.doubts[0]}")
        evidence = self.collector.of(maps.map_ab[self.collector.samples_a], maps.map_ba)
        part = bool(suspicion(self.a.whole, self.b.whole)) and "registration" not in self.tried
        return verdict_of(evidence, tuple(self.tried), part=part)


def descriptors_strategy(work: MatchProblem, progress: Progress) -> Found:
    """First maps from descriptors, the likeliest refined."""
    work.tried.append("descriptors")
    candidates = descriptor_candidates(work.a, work.b, work.landmarks, work.options, progress.part(0.0, 0.5))
    _warn(work, candidates[0])
    work.clock.lap("first maps")
    work.candidates = tuple(from_descriptors(work.collector, candidates))
    story = {"candidates": [candidate.summary() for candidate in candidates]}
    return refined(work, (candidates[0].fmap_ab, candidates[0].fmap_ba), progress.part(0.5, 1.0)), story


def learned_strategy(work: MatchProblem, progress: Progress) -> Found:
    """First maps from learned features, the likeliest refined.

    Raises
    ------
    SolverError   the features know neither shape's kind, or the two are of different kinds.
    """
    work.tried.append("learned")
    found = _by_error(work.learned.hypotheses(work.collector, work.options) if work.learned else [])
    if not found:
        names = f"{work.a.whole.name} and {work.b.whole.name}"
        raise SolverError(
            f"The learned features do not know shapes like {names}, or take them for different kinds.",
            "They know people and four-legged animals; use --method auto.",
        )
    work.clock.lap("first maps")
    work.candidates = tuple(found)
    story = {"candidates": [one.summary() for one in found], "source": found[0].source}
    return refined(work, (found[0].fmap_ab, found[0].fmap_ba), progress.part(0.4, 1.0)), story


def prior_strategy(work: MatchProblem, progress: Progress) -> Found:
    """First maps from coordinates and a prior; that of the descriptors is its alternative."""
    from geomlearn.matching.diffumatch.first_maps import zero_shot_maps

    options = work.options
    alternative, story = None, {}
    candidates: list[Candidate] = []
    if options.with_descriptors:
        part = progress.part(0.0, 0.2)
        candidates = descriptor_candidates(work.a, work.b, work.landmarks, options, part)
        alternative = candidates[0].fmap_ab, candidates[0].fmap_ba
        story = {"candidates": [candidate.summary() for candidate in candidates]}
        progress = progress.part(0.2, 1.0)
    work.tried.append("diffumatch")
    more = {"reverses": options.orientation == "reversed", "seed": options.seed, "progress": progress.part(0.0, 0.7)}
    found = zero_shot_maps(work.a, work.b, options, landmarks=work.landmarks, rival=alternative, **more)
    first = found.value
    work.notes.append(found.sentence)
    if candidates and not first.from_features:
        _warn(work, candidates[0])
    work.clock.lap("first maps")
    story["zero_shot"] = {**found.stats, "history": found.history, "steps": [s.arrays() for s in first.steps]}
    return refined(work, (first.fmap_ab, first.fmap_ba), progress.part(0.7, 1.0)), story


def registration_strategy(work: MatchProblem, progress: Progress) -> Found:
    """A part laid on the whole in space."""
    work.tried.append("registration")
    found = registration(work.a, work.b, work.landmarks, progress=progress)
    work.clock.lap("registration")
    return found, {}


def auto_strategy(work: MatchProblem, progress: Progress) -> Found:
    """Hypotheses of every kind, cheapest first; the likeliest is refined, and costly kinds only begun when in doubt."""
    learned = _by_error(work.learned.hypotheses(work.collector, work.options) if work.learned else [])
    work.tried.append("learned")
    candidates: list[Candidate] = []
    own: list[Hypothesis] = []
    if not learned or learned[0].p_within_5 < CERTAIN or len(work.landmarks):
        candidates = descriptor_candidates(work.a, work.b, work.landmarks, work.options, progress.part(0.1, 0.4))
        own = from_descriptors(work.collector, candidates)
        work.tried.append("descriptors")
    ranked = _by_error([*learned, *own])
    best = ranked[0]
    if own and PREFERRED * own[0].predicted_error <= best.predicted_error:
        best = own[0]
    work.clock.lap("first maps")
    if best.source == "descriptors":
        _warn(work, candidates[0])
    work.candidates = tuple(ranked)
    result, source = refined(work, (best.fmap_ab, best.fmap_ba), progress.part(0.4, 0.6)), best.source
    for begin in (_laid, _likely):
        if work.verdict(result.value).p_within_5 >= SURE or not _time_left(work, progress):
            break
        other = begin(work, progress.part(0.6, 1.0))
        if other is not None and _better(work, other[0].value, result.value):
            result, source = other
    kept = [one.summary() for one in work.candidates]
    return result, {"candidates": [c.summary() for c in candidates], "hypotheses": kept, "source": source}


def _laid(work: MatchProblem, progress: Progress) -> tuple[Result[Maps], str] | None:
    """One shape laid on the other in space."""
    try:
        found = registration(work.a, work.b, work.landmarks, progress=progress)
    except GeomError:
        return None
    work.tried.append("registration")
    work.clock.lap("registration")
    _keep(work, "registration", found.value)
    return found, "registration"


def _likely(work: MatchProblem, progress: Progress) -> tuple[Result[Maps], str] | None:
    """First maps of the prior, refined; only where torch is there and nothing else is likely."""
    if find_spec("torch") is None or max((one.p_within_5 for one in work.candidates), default=0.0) >= UNSURE:
        return None
    from geomlearn.matching.diffumatch.first_maps import zero_shot_maps
    from geomlearn.matching.diffumatch.options import DiffuMatchOptions

    try:
        first = zero_shot_maps(
            work.a, work.b, DiffuMatchOptions(), landmarks=work.landmarks, seed=work.options.seed, progress=progress
        ).value
    except GeomError:
        return None
    work.tried.append("diffumatch")
    found = refined(work, (first.fmap_ab, first.fmap_ba), progress)
    work.clock.lap("prior")
    _keep(work, "prior", found.value)
    return found, "prior"


def _keep(work: MatchProblem, source: str, maps: Maps) -> None:
    evidence = work.collector.of(maps.map_ab[work.collector.samples_a], maps.map_ba)
    new = hypothesis(source, (maps.fmap_ab, maps.fmap_ba), evidence, {})
    work.candidates = tuple(_by_error([*work.candidates, new]))


def _better(work: MatchProblem, new: Maps, old: Maps) -> bool:
    return work.verdict(new).predicted_error < PREFERRED * work.verdict(old).predicted_error


def _time_left(work: MatchProblem, progress: Progress) -> bool:
    return not progress.cancelled and (work.options.time == 0 or work.clock.elapsed < work.options.time)


def _by_error(found: list[Hypothesis]) -> list[Hypothesis]:
    return sorted(found, key=lambda one: one.predicted_error)


def refined(work: MatchProblem, fmaps: tuple[np.ndarray, np.ndarray], progress: Progress) -> Result[Maps]:
    """Maps of all vertices from first functional maps."""
    a, b, options = work.a, work.b, work.options
    fmap_ab, fmap_ba = fmaps
    # A first map that was trained on the pair is worth handing over: it may have taken minutes.
    cancelled = options.method == "diffumatch" and progress.cancelled
    if options.method == "none" or cancelled:
        map_ba = point_map(fmap_ab, a.basis.evecs, b.basis.evecs, device=options.device)
        map_ab = point_map(fmap_ba, b.basis.evecs, a.basis.evecs, device=options.device)
        maps = Maps(map_ab, map_ba, fmap_ab, fmap_ba)
        stopped = Status.CANCELLED, f"Cancelled; the best map so far has {len(fmap_ab)} modes."
        status, sentence = stopped if cancelled else (Status.CONVERGED, "The first map was not refined.")
        return Result(maps, status, sentence, (), {"k": len(fmap_ab)})
    fmap_ab, fmap_ba = (one[:REFINED_FROM, :REFINED_FROM] for one in fmaps)
    growth = ZoomOutOptions(**{name: getattr(options, name) for name in ZoomOutOptions.model_fields})
    if options.method == "zoomout":
        growth = growth.replace(w_bijective=0)
    rows = tuple(followed(side.shape.vertices, growth.n_samples) for side in (a, b)) if growth.n_samples else None
    size = min(len(fmaps[0]), growth.k_end)
    found = zoomout(a.basis, b.basis, fmap_ab, growth, progress, fmap_ba=fmap_ba, judged_from=size, followed=rows)
    work.clock.lap("refinement")
    return found


def _warn(work: MatchProblem, best: Candidate) -> None:
    """Say what the best candidate of the descriptors suggests."""
    if best.disorder > DISORDERED or best.orientation <= 0:
        work.notes.append(
            "The two directions of the first map contradict each other in places: give landmarks if you can."
        )
        work.notes.extend(suspicion(work.a.whole, work.b.whole))
    if best.orientation <= 0:
        work.notes.append("No map keeps left and right: if one shape is a mirrored copy, use --orientation reversed.")


SOLVERS: dict[str, Callable[[MatchProblem, Progress], Found]] = {
    "auto": auto_strategy,
    "bijective-zoomout": descriptors_strategy,
    "zoomout": descriptors_strategy,
    "none": descriptors_strategy,
    "learned": learned_strategy,
    "diffumatch": prior_strategy,
    "registration": registration_strategy,
}
