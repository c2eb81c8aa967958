"""The verdict: its words follow the probability, its sentence the evidence; the calibration is monotone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geomlearn.matching.judge.evidence import Evidence
from geomlearn.matching.judge.verdict import BAD, GOOD, calibrations, judged, verdict_of
from geomlearn.matching.scores import TORN

FINE = Evidence(0.05, 0.1, 0.02, 0.005, 0.0, 0.0, 0.02, 0.01, 0.0)
TERRIBLE = Evidence(1.5, 3.0, 0.8, 0.9, 0.6, 0.5, 0.5, 1.0, 0.9)


def without_features(evidence: Evidence) -> Evidence:
    return replace(evidence, disagreement=float("nan"), strangers=float("nan"))


@pytest.mark.parametrize("see", [lambda one: one, without_features])
def test_words_follow_the_probability(see) -> None:
    good, bad = verdict_of(see(FINE)), verdict_of(see(TERRIBLE))
    assert (good.word, bad.word) == ("good", "bad")
    assert good.p_within_5 >= GOOD > BAD > bad.p_within_5
    assert good.predicted_error < 5 < bad.predicted_error
    assert good.sentence.startswith("good: ")
    assert "What would help" in bad.sentence
    assert "What would help" not in good.sentence


def test_more_evidence_of_a_fault_never_lowers_the_predicted_error() -> None:
    for name in Evidence.names():
        errors = [judged(replace(FINE, **{name: value}))[0] for value in (0.01, 0.1, 0.3, 0.9)]
        assert errors == sorted(errors)
    for one in calibrations().values():
        assert (one.weights >= 0).all()
        assert one.slope > 0


def test_a_torn_map_is_never_good() -> None:
    smooth, torn = (verdict_of(FINE, energy=energy) for energy in (0.99 * TORN, TORN))
    assert (smooth.word, torn.word) == ("good", "doubtful")
    assert "but the map is torn" in torn.sentence
    assert "What would help" in torn.sentence
    assert verdict_of(TERRIBLE, energy=TORN) == verdict_of(TERRIBLE)


def test_the_sentence_names_the_worst_and_what_would_help() -> None:
    assert "left and right" in verdict_of(Evidence(0.3, 0.5, 0.1, 0.1, 0.0, 1.0, 0.9, 0.1, 0.0)).sentence
    assert "registration" in verdict_of(TERRIBLE, part=True).sentence
    assert "diffumatch" not in verdict_of(TERRIBLE, ("diffumatch",)).sentence


def test_evidence_beyond_what_was_seen_counts_as_the_farthest_seen() -> None:
    beyond = Evidence(*(1e6,) * 9)
    assert np.isfinite(judged(beyond)).all()
    assert judged(beyond)[0] <= 200
