import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Status
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.stepping import Clock, Evolution, march, set_clock
from geomlearn.operators.fields.options import HeatOptions


@pytest.fixture
def domain(icosphere):
    return build_domain(icosphere(1))


def counting(domain, clock):
    """An evolution whose state counts the steps."""
    return Evolution(domain, clock, lambda u, _: u + 1, lambda u: u, lambda u: {"maximum": float(u.max())})


def test_steps_fill_the_duration(domain):
    clock = set_clock(domain, HeatOptions(duration=1.0, time_step=0.3), 5.0, 1.0)
    assert (clock.n_steps, clock.time_step) == (4, 0.25)
    assert set_clock(domain, HeatOptions(duration=0.3, time_step=0.1), 5.0, 1.0).n_steps == 3


def test_defaults(domain):
    assert set_clock(domain, HeatOptions(), 5.0, 0.1).n_steps == 50
    assert set_clock(domain, HeatOptions(duration=0.2), 5.0, 0.1).n_steps == 20
    long = set_clock(domain, HeatOptions(time_step=0.001), 5.0, 0.1)
    assert (long.n_steps, long.save_every, long.n_frames) == (5000, 100, 51)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"duration": 1.0, "time_step": 2.0}, "longer than the duration"),
        ({"duration": 1.0, "time_step": 1e-9}, "takes 1e[+]09 steps"),
        ({"duration": 1.0, "time_step": 1e-7, "save_every": 1}, "GiB"),
    ],
)
def test_clocks_that_cannot_be_set(domain, options, words):
    with pytest.raises(ParameterError, match=words):
        set_clock(domain, HeatOptions(**options), 5.0, 1.0)


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), float("inf")])
def test_time_steps_out_of_range(dt):
    with pytest.raises(ParameterError, match="time_step"):
        HeatOptions(time_step=dt)


def test_first_last_and_every_third_step_are_kept(domain):
    result = march(counting(domain, Clock(8.0, 1.0, 8, 3)), np.zeros(42), SILENT)
    np.testing.assert_array_equal(result.value.times, [0, 3, 6, 8])
    np.testing.assert_array_equal(result.value.values[:, 0], [0, 3, 6, 8])
    assert [row["time"] for row in result.history] == [0, 3, 6, 8]
    assert result.status is Status.CONVERGED


def test_cancelling_hands_over_the_frames_so_far(domain):
    steps = []
    progress = Progress(lambda fraction, note: steps.append(fraction), lambda: len(steps) >= 5)
    result = march(counting(domain, Clock(100.0, 1.0, 100, 4)), np.zeros(42), progress)
    assert result.status is Status.CANCELLED
    np.testing.assert_array_equal(result.value.times, [0, 4, 5])
    assert result.sentence.startswith("Cancelled at t = 5")
    assert result.stats["n_steps"] == 5


def test_cancelling_at_once_leaves_the_start(domain):
    result = march(counting(domain, Clock(9.0, 1.0, 9, 1)), np.zeros(42), Progress(None, lambda: True))
    assert result.status is Status.CANCELLED
    np.testing.assert_array_equal(result.value.times, [0])


def test_cancelling_between_the_question_and_the_report(domain):
    answers = iter([False, True])
    result = march(counting(domain, Clock(9.0, 1.0, 9, 1)), np.zeros(42), Progress(None, lambda: next(answers)))
    assert result.status is Status.CANCELLED


def test_progress_rises_and_is_sparse(domain):
    fractions = []
    march(counting(domain, Clock(5000.0, 1.0, 5000, 100)), np.zeros(42), Progress(lambda f, _: fractions.append(f)))
    assert 100 <= len(fractions) <= 210
    assert fractions == sorted(fractions)


def test_running_away_hands_over_the_frames_before(domain):
    def step(u, index):
        return u * (np.inf if index == 3 else 2)

    evolution = Evolution(domain, Clock(9.0, 1.0, 9, 1), step, lambda u: u, lambda u: {})
    with pytest.raises(SolverError, match="beyond all numbers before t = 4") as caught:
        march(evolution, np.ones(42), SILENT)
    np.testing.assert_array_equal(caught.value.best.values[:, 0], [1, 2, 4, 8])
