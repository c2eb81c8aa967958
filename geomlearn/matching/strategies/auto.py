"""Several hypotheses, cheapest first, each judged without the truth; what is costly is only begun when in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

from geomlearn.core.errors import Cancelled, GeomError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.candidates import Candidate
from geomlearn.matching.initial_maps import (
    Hypothesis,
    descriptor_candidates,
    from_descriptors,
    hypothesis,
    likeliest_first,
)
from geomlearn.matching.point_map import Maps
from geomlearn.matching.registration.registration import registration
from geomlearn.matching.strategies.problem import Found, MatchProblem
from geomlearn.matching.strategies.refinement import refined
from geomlearn.matching.strategies.single import warn

# A map at least this likely within 5 needs no rival at all, none that costs seconds; one below the last deserves the
# costliest.
CERTAIN, SURE, UNSURE = 0.97, 0.5, 0.35
# The favourite of the descriptors is kept unless another hypothesis is predicted to have less than this part of its
# error.
ACCEPT_RATIO = 0.9

# What begins a costly hypothesis: its refined maps, or None where it has nothing to offer.
Costly = Callable[[MatchProblem, Progress], Result[Maps] | None]


def auto_strategy(work: MatchProblem, progress: Progress) -> Found:
    """Hypotheses of every kind, cheapest first; the likeliest is refined, and costly kinds only begun when in doubt."""
    bounded = _bounded(work, progress)
    learned = _learned(work)
    candidates: list[Candidate] = []
    own: list[Hypothesis] = []
    if not learned or len(work.landmarks):
        candidates, own = _described(work, progress.part(0.1, 0.4))
    elif learned[0].p_within_5 < CERTAIN and not bounded.cancelled:
        candidates, own = _described(work, bounded.part(0.1, 0.4))
    ranked = likeliest_first([*learned, *own])
    best = own[0] if own and ACCEPT_RATIO * own[0].predicted_error <= ranked[0].predicted_error else ranked[0]
    work.clock.lap("first maps")
    if best.source == "descriptors":
        warn(work, candidates[0])
    work.candidates = tuple(ranked)
    result, source = refined(work, (best.fmap_ab, best.fmap_ba), progress.part(0.4, 0.6)), best.source
    for name, begin in COSTLY:
        if work.verdict(result.value).p_within_5 >= SURE or work.featureless or bounded.cancelled:
            break
        other = begin(work, bounded.part(0.6, 1.0))
        if other is None:
            continue
        work.tried.append(name)
        work.clock.lap(name)
        _keep(work, name, other.value)
        if _better(work, other.value, result.value):
            result, source = _told(other, progress), name
    kept = [one.summary() for one in work.candidates]
    return result, {"candidates": [c.summary() for c in candidates], "hypotheses": kept, "source": source}


def _learned(work: MatchProblem) -> list[Hypothesis]:
    work.tried.append("learned")
    return likeliest_first(work.learned.hypotheses(work.collector, work.options, CERTAIN) if work.learned else [])


def _described(work: MatchProblem, progress: Progress) -> tuple[list[Candidate], list[Hypothesis]]:
    work.tried.append("descriptors")
    candidates = descriptor_candidates(work.a, work.b, work.landmarks, work.options, progress)
    return candidates, from_descriptors(work.collector, candidates)


def _laid(work: MatchProblem, progress: Progress) -> Result[Maps] | None:
    """One shape laid on the other in space."""
    try:
        return registration(work.a, work.b, work.landmarks, progress=progress)
    except (GeomError, Cancelled):
        return None


def _likely(work: MatchProblem, progress: Progress) -> Result[Maps] | None:
    """First maps of the prior, refined; only where torch is there and nothing else is likely."""
    if find_spec("torch") is None or max((one.p_within_5 for one in work.candidates), default=0.0) >= UNSURE:
        return None
    from geomlearn.matching.diffumatch.first_maps import zero_shot_maps
    from geomlearn.matching.diffumatch.options import DiffuMatchOptions

    options, seed = DiffuMatchOptions(), work.options.seed
    try:
        first = zero_shot_maps(work.a, work.b, options, landmarks=work.landmarks, seed=seed, progress=progress).value
    except (GeomError, Cancelled):
        return None
    return refined(work, (first.fmap_ab, first.fmap_ba), Progress())


COSTLY: tuple[tuple[str, Costly], ...] = (("registration", _laid), ("diffumatch", _likely))


def _bounded(work: MatchProblem, progress: Progress) -> Progress:
    """The progress that is also cancelled once the time given is over."""
    limit = work.options.time
    if limit == 0:
        return progress
    return Progress(progress, lambda: progress.cancelled or work.clock.elapsed > limit)


def _told(result: Result[Maps], progress: Progress) -> Result[Maps]:
    """What was cut short because the time was over was not cancelled by anybody."""
    if result.status is not Status.CANCELLED or progress.cancelled:
        return result
    sentence = f"The time given was over. {result.sentence.removeprefix('Cancelled; ')}"
    return replace(result, status=Status.LIMIT_REACHED, sentence=sentence)


def _keep(work: MatchProblem, source: str, maps: Maps) -> None:
    new = hypothesis(source, (maps.fmap_ab, maps.fmap_ba), work.collector.of_maps(maps), {})
    work.candidates = tuple(likeliest_first([*work.candidates, new]))


def _better(work: MatchProblem, new: Maps, old: Maps) -> bool:
    return work.verdict(new).predicted_error < ACCEPT_RATIO * work.verdict(old).predicted_error
