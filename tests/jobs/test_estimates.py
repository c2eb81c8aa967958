"""How long a job will take, from how long others took."""

import pytest

from geomlearn.app.jobs.estimates import FIRST, FIRST_BYTES, START_S, Estimates, duration_words, kind, work
from geomlearn.app.jobs.memory import size_words
from geomlearn.operators.fields.options import HeatOptions, WaveOptions
from geomlearn.spectral.options import EigenbasisOptions
from tests.model.scenes import octahedron

TARGET = "m:f"


def call(k=10):
    return octahedron(), EigenbasisOptions(k=k)


def test_work_is_vertices_times_modes():
    assert work(call(10)) == 60
    assert work((octahedron(), octahedron())) == 12
    assert work(("a path",)) == 0


def test_what_was_measured_scales_to_the_next_call():
    rates = {}
    known = Estimates(rates, {})
    assert known.seconds(TARGET, call()) is None
    known.learn(TARGET, call(10), 3.0 + START_S)
    assert known.seconds(TARGET, call(20)) == pytest.approx(6.0)
    assert Estimates(rates, {}).seconds(TARGET, call(10)) == pytest.approx(3.0), "the mapping is what is saved"


def test_equations_have_rates_of_their_own_and_count_their_steps_when_these_are_given():
    heat, wave = ("heat", octahedron(), HeatOptions()), ("wave", octahedron(), WaveOptions())
    known = Estimates({}, {})
    known.learn(TARGET, heat, 4.0 + START_S)
    assert known.seconds(TARGET, heat) == pytest.approx(4.0)
    assert known.seconds(TARGET, wave) is None
    stepped = ("heat", octahedron(), HeatOptions(duration=1.0, time_step=0.01))
    assert work(stepped) == 600 and kind(TARGET, stepped) != kind(TARGET, heat)
    known.learn(TARGET, stepped, 1.0 + START_S)
    longer = ("heat", octahedron(), HeatOptions(duration=3.0, time_step=0.01))
    assert known.seconds(TARGET, longer) == pytest.approx(3.0)


def test_before_the_first_run_the_main_jobs_go_by_another_machine_and_then_by_this_one():
    target, rate = next(iter(FIRST.items()))
    known = Estimates({}, {})
    assert known.seconds(target, call(10)) == pytest.approx(60 * rate)
    known.learn(target, call(10), 7.0 + START_S)
    assert known.seconds(target, call(10)) == pytest.approx(7.0)


def test_an_answer_from_the_cache_hardly_counts_and_a_slower_run_counts_at_once():
    known = Estimates({}, {})
    known.learn(TARGET, call(), 10.0 + START_S)
    known.learn(TARGET, call(), 0.0)
    assert known.seconds(TARGET, call()) == pytest.approx(9.0)
    known.learn(TARGET, call(), 20.0 + START_S)
    assert known.seconds(TARGET, call()) == pytest.approx(20.0)


def test_a_short_run_teaches_nothing_about_long_ones():
    """What it took was the worker's start."""
    rates = {}
    Estimates(rates, {}).learn(TARGET, call(), 0.9 * START_S)
    assert not rates


def test_work_without_a_size_teaches_nothing():
    rates = {}
    Estimates(rates, {}).learn(TARGET, ("a path",), 5.0)
    assert not rates


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0.2, ""), (4.2, "about 4 s"), (89, "about 89 s"), (150, "about 2 min")]
)
def test_words(seconds, words):
    assert duration_words(seconds) == words


def test_memory_is_learned_apart_and_scales_too():
    sizes = {}
    known = Estimates({}, sizes)
    assert known.bytes(TARGET, call()) is None
    known.learn(TARGET, call(10), 0.1, peak_bytes=6e8)
    assert known.seconds(TARGET, call()) is None and known.bytes(TARGET, call(20)) == pytest.approx(12e8)
    known.learn(TARGET, call(10), 0.1)
    known.learn(TARGET, call(1), 0.1, peak_bytes=3e8)
    assert sizes[TARGET] == 1e7, "nothing is learned where the system does not tell, and of small jobs"
    target, rate = next(iter(FIRST_BYTES.items()))
    assert known.bytes(target, call(10)) == pytest.approx(60 * rate)


def test_sizes_in_words():
    assert [size_words(n) for n in (None, 1e8, 1.24e9, 3.1e10)] == ["", "", "1.2 GB", "31 GB"]
    assert size_words(1e8, 0.0) == "0.1 GB"
