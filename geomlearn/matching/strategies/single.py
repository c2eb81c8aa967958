"""Strategies of one kind of first map: descriptors, learned features, a prior, or the part laid on the whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.core.errors import SolverError
from geomlearn.core.progress import Progress
from geomlearn.matching.candidates import Candidate
from geomlearn.matching.doubts import suspicion
from geomlearn.matching.initial_maps import descriptor_candidates, from_descriptors, likeliest_first
from geomlearn.matching.registration.registration import registration
from geomlearn.matching.strategies.problem import Found, MatchProblem
from geomlearn.matching.strategies.refinement import refined

# More disorder in the best first map was only seen on pairs of very different build; isometric ones stay below 0.06.
DISORDERED = 0.08


def descriptors_strategy(work: MatchProblem, progress: Progress) -> Found:
    """First maps from descriptors, the likeliest refined."""
    work.tried.append("descriptors")
    candidates = descriptor_candidates(work.a, work.b, work.landmarks, work.options, progress.part(0.0, 0.5))
    warn(work, candidates[0])
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
    found = likeliest_first(work.learned.hypotheses(work.collector, work.options) if work.learned else [])
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
    alternative: tuple[np.ndarray, np.ndarray] | None = None
    story: dict[str, Any] = {}
    candidates: list[Candidate] = []
    if options.with_descriptors:
        part = progress.part(0.0, 0.2)
        candidates = descriptor_candidates(work.a, work.b, work.landmarks, options, part)
        alternative = candidates[0].fmap_ab, candidates[0].fmap_ba
        story = {"candidates": [candidate.summary() for candidate in candidates]}
        progress = progress.part(0.2, 1.0)
    work.tried.append("diffumatch")
    found = zero_shot_maps(
        work.a,
        work.b,
        options,
        landmarks=work.landmarks,
        alternative=alternative,
        reverses=options.orientation == "reversed",
        seed=options.seed,
        progress=progress.part(0.0, 0.7),
    )
    first = found.value
    work.notes.append(found.sentence)
    if candidates and not first.from_features:
        warn(work, candidates[0])
    work.clock.lap("first maps")
    story["zero_shot"] = {**found.stats, "history": found.history, "steps": [s.arrays() for s in first.steps]}
    return refined(work, (first.fmap_ab, first.fmap_ba), progress.part(0.7, 1.0)), story


def registration_strategy(work: MatchProblem, progress: Progress) -> Found:
    """A part laid on the whole in space."""
    work.tried.append("registration")
    found = registration(work.a, work.b, work.landmarks, progress=progress)
    work.clock.lap("registration")
    return found, {}


def warn(work: MatchProblem, best: Candidate) -> None:
    """Say what the best candidate of the descriptors suggests."""
    if best.disorder > DISORDERED or best.orientation <= 0:
        work.notes.append(
            "The two directions of the first map contradict each other in places: give landmarks if you can."
        )
        work.notes.extend(suspicion(work.a.whole, work.b.whole))
    if best.orientation <= 0:
        work.notes.append("No map keeps left and right: if one shape is a mirrored copy, use --orientation reversed.")
