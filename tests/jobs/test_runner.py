"""Jobs run beside the window, tell how far they are, stop when told, and fail in words."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest

from geomlearn.app.jobs import runner as runner_module
from geomlearn.app.jobs.job import Job, State
from geomlearn.app.jobs.memory import free_bytes
from geomlearn.app.jobs.runner import Runner
from geomlearn.core.results import Status
from geomlearn.core.threads import n_allowed

TASKS = "tests.jobs.tasks:"


@pytest.fixture(scope="module")
def runner():
    runner = Runner()
    runner.warm()
    yield runner
    runner.close()


def wait(runner: Runner, until, limit_s: float = 300.0) -> None:
    start = time.monotonic()
    while not until():
        assert time.monotonic() - start < limit_s, "nothing happened in time"
        runner.poll()
        time.sleep(0.005)


def finish(runner: Runner, job: Job, limit_s: float = 300.0) -> Job:
    wait(runner, lambda: job in runner.finished, limit_s)
    return job


def running(runner: Runner, name: str, *args) -> Job:
    """A job that is certainly at work."""
    finish(runner, runner.submit("warm up", TASKS + "add", 1, 1))
    job = runner.submit(name, TASKS + name, *args)
    time.sleep(0.1)
    runner.poll()
    return job


def test_a_job_returns_its_result_and_says_so_once(runner):
    ended = []
    job = finish(runner, runner.submit("sum", TASKS + "add", 2, b=3, on_end=ended.append))
    assert (job.state, job.result, job.fraction, ended) == (State.DONE, 5, 1.0, [job])


def test_progress_arrives_with_a_note_and_time_left(runner):
    job = runner.submit("count", TASKS + "counted", 14, 0.06)
    wait(runner, lambda: job.fraction > 0.7)
    assert job.note.endswith("of 14")
    assert job.remaining_s > 0
    assert finish(runner, job).result == 14
    assert job.remaining_s is None


def test_jobs_of_one_lane_wait_for_each_other_and_lanes_do_not(runner):
    first = runner.submit("first", TASKS + "counted", 4, 0.1)
    second = runner.submit("second", TASKS + "process_id")
    other = runner.submit("other", TASKS + "process_id", lane="files")
    assert (second.state, other.state) == (State.QUEUED, State.RUNNING)
    assert runner.active == [first, second, other]
    finish(runner, second)
    finish(runner, other)
    assert second.started_s >= first.ended_s
    assert second.result != other.result
    assert not runner.active


def test_large_arrays_come_back_whole_and_leave_no_files(runner):
    job = finish(runner, runner.submit("big", TASKS + "big", 200_000))
    assert np.array_equal(job.result["points"], np.arange(600_000.0).reshape(-1, 3))
    assert job.result["fortran"].flags.f_contiguous
    sent = finish(runner, runner.submit("back", TASKS + "add", job.result["points"], 1.0))
    assert np.array_equal(sent.result, job.result["points"] + 1.0)
    job.result["points"][0, 0] = 7.0
    assert not list(runner.folder.iterdir())


def test_cancelling_keeps_the_best_so_far(runner):
    job = running(runner, "hands_over")
    runner.cancel(job)
    wait(runner, lambda: job.state.is_over)
    finish(runner, job)
    assert (job.state, job.result.status) == (State.CANCELLED, Status.CANCELLED)
    assert job.result.value > 1


def test_a_slow_method_is_off_the_lane_before_it_answers_and_still_hands_over(runner):
    job = running(runner, "hands_over", 0.8)
    runner.cancel(job)
    wait(runner, lambda: job.state.is_over)
    assert job.result is None
    assert finish(runner, runner.submit("next", TASKS + "add", 1, 2)).result == 3, "the lane is free again"
    finish(runner, job)
    assert job.result.value >= 1, "the best so far arrived late"


def test_work_that_only_reports_stops_by_itself(runner):
    job = running(runner, "counted", 1000, 0.02)
    worker = runner._workers["main"]
    runner.cancel(job)
    wait(runner, lambda: job.state.is_over)
    assert job.result is None
    assert runner._workers["main"] is worker, "no need for a new worker"


def test_work_that_never_listens_is_killed(runner, monkeypatch):
    monkeypatch.setattr(runner_module, "HANDOVER_S", 0.2)
    job = running(runner, "deaf")
    process = runner._workers["main"].process
    runner.cancel(job)
    wait(runner, lambda: job.state.is_over)
    finish(runner, job)
    assert not process.is_alive()
    assert job.error is None


def test_a_waiting_job_is_cancelled_at_once(runner):
    first = runner.submit("first", TASKS + "counted", 3, 0.05)
    second = runner.submit("second", TASKS + "add", 1, 1)
    runner.cancel(second)
    assert second.state == State.CANCELLED
    assert finish(runner, first).state == State.DONE


def test_refusals_keep_their_kind_and_hint(runner):
    job = finish(runner, runner.submit("bad", TASKS + "refuses"))
    assert (job.state, type(job.error).__name__) == (State.FAILED, "FormatError")
    assert (job.error.message, job.error.hint) == ("cat.off is cut short.", "Export it again.")


@pytest.mark.parametrize(
    ("task", "part"),
    [("breaks", "ZeroDivisionError"), ("unpicklable", "pickle"), ("no_such_thing", "no_such_thing")],
)
def test_a_defect_is_a_sentence_with_the_stack_in_the_details(runner, task, part):
    job = finish(runner, runner.submit("defect", TASKS + task))
    assert job.state == State.FAILED
    assert part in job.error.message or part in job.details
    assert "Traceback" in job.details and "Traceback" not in str(job.error)


@pytest.mark.parametrize(
    ("task", "args", "part"),
    [
        ("dies", (signal.SIGKILL,), "SIGKILL"),
        ("dies", (signal.SIGSEGV,), "native code"),
        ("exits", (), "exit code 3"),
    ],
)
def test_a_worker_that_dies_is_a_sentence_and_is_replaced(runner, task, args, part):
    job = finish(runner, runner.submit("doomed", TASKS + task, *args))
    assert job.state == State.FAILED
    assert part in job.error.message
    assert "Nothing on the stage is lost" in job.error.hint
    assert finish(runner, runner.submit("after", TASKS + "add", 1, 1)).result == 2


def test_an_idle_worker_that_was_killed_is_not_noticed(runner):
    victim = finish(runner, runner.submit("id", TASKS + "process_id")).result
    os.kill(victim, signal.SIGKILL)
    time.sleep(0.2)
    job = finish(runner, runner.submit("after", TASKS + "add", 1, 1))
    assert job.result == 2


def test_the_error_survives_a_worker_that_ends_right_behind_it(runner):
    """The end of the pipe follows the last message; it must not take its place."""
    job = runner.submit("bad", TASKS + "refuses")
    time.sleep(1.0)
    os.kill(runner._workers["main"].process.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert finish(runner, job).error.message == "cat.off is cut short."


def test_a_worker_leaves_one_core_to_the_window(runner, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    job = finish(runner, runner.submit("threads", TASKS + "threads", lane="fresh"))
    assert job.result == str(max(1, n_allowed() - 1))
    assert "OMP_NUM_THREADS" not in os.environ


def test_resting_ends_with_a_job_and_takes_progress_in_meanwhile(runner):
    finish(runner, runner.submit("warm up", TASKS + "add", 1, 1))
    job = runner.submit("count", TASKS + "counted", 6, 0.05)
    seen = []
    job.on_end = lambda ended: seen.append(ended.fraction)
    # Where it sleeps on beside a result this hangs.
    runner.rest(3600.0)
    assert job.state == State.DONE and seen == [1.0] and job.note
    start = time.monotonic()
    runner.rest(0.05)
    assert time.monotonic() - start >= 0.05, "with nothing to wait for it only sleeps"


def test_closing_ends_every_process_and_removes_the_folder():
    runner = Runner()
    job = runner.submit("deaf", TASKS + "deaf")
    process = runner._workers["main"].process
    runner.close()
    assert not process.is_alive()
    assert not runner.folder.exists()
    assert job.state == State.RUNNING


@pytest.mark.skipif(free_bytes() is None, reason="only Linux tells the peak of a process")
def test_a_job_knows_the_memory_it_took_and_not_that_of_the_one_before(runner):
    large = finish(runner, runner.submit("large", f"{TASKS}fills", 200_000_000))
    small = finish(runner, runner.submit("small", f"{TASKS}fills", 1000))
    assert 190e6 < large.peak_bytes < 260e6
    assert small.peak_bytes < 20e6
