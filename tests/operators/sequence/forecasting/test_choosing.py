"""Candidates judged on the past: what fails is said, what takes too long is dropped, the rest is carried as asked."""

import threading

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.forecasting.candidates import Continued
from geomlearn.operators.sequence.forecasting.choosing import Verdict, best_of, judged, moments

FRAMES = np.cumsum(np.random.default_rng(0).standard_normal((40, 6)), axis=0)


def test_moments_lie_in_the_past_and_leave_half_to_fit_to():
    for n, asked, origins in [(40, 10, 3), (40, 100, 3), (5, 64, 3), (100, 1, 5)]:
        found = moments(n, asked, origins)
        assert 1 <= len(found) <= origins
        assert all(before >= max(2, n // 2) and n_told >= 1 and before + n_told <= n for before, n_told in found)
        assert found[0][1] <= asked


def test_nothing_but_the_past_is_shown_to_a_candidate():
    def watched(given, n):
        np.testing.assert_array_equal(given, FRAMES[: len(given)])
        assert len(given) + n <= 40
        return Continued(np.repeat(given[-1:], n, axis=0), np.zeros(6))

    assert judged("watched", watched, FRAMES, moments(40, 8, 3), 1.5, 60).dropped == ""


@pytest.mark.parametrize(
    "failure", [ValueError("no\nway"), ParameterError("Too few.", "Give more."), ArithmeticError()]
)
def test_a_failure_drops_the_candidate_with_a_line(failure):
    def fails(given, n):
        raise failure

    verdict = judged("bad", fails, FRAMES, moments(40, 8, 2), 1.5, 60)
    assert verdict.error is None
    assert verdict.dropped
    assert "\n" not in verdict.dropped


def test_a_time_out_drops_the_candidate_with_a_line():
    never = threading.Event()
    verdict = judged("slow", lambda given, n: never.wait(30), FRAMES, moments(40, 8, 2), 1.5, 0.05)
    never.set()
    assert verdict.error is None
    assert "longer than" in verdict.dropped


def test_the_rest_is_carried_as_far_as_the_past_asks_for_it():
    still, gone = np.zeros((40, 6)), np.zeros((40, 6))
    still[:, 0], gone[:, 0] = np.arange(40), np.arange(40)
    still[:, 1], gone[:, 1] = 3, np.arange(40) % 2

    def first_only(given, n):
        frames = np.zeros((n, 6))
        frames[:, 0] = given[-1, 0] + np.arange(1, n + 1)
        return Continued(frames, given[-1] * (np.arange(6) == 1))

    verdict = judged("a", first_only, still, moments(40, 8, 2), 1.5, 60)
    assert verdict.share == pytest.approx(1)
    assert verdict.error < 1e-9
    assert judged("a", first_only, gone, moments(40, 8, 2), 1.5, 60).share < 0.9


def test_the_least_error_wins_and_nothing_left_is_said():
    told = [Verdict("a", 0.3, 0, 0, ""), Verdict("b", 0.2, 0, 0, ""), Verdict("c", None, 0, 0, "no")]
    assert best_of(told).name == "b"
    with pytest.raises(ParameterError, match="c no"):
        best_of(told[2:])
