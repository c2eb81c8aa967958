"""What decides over threads: control groups, affinity, load, a person's own setting."""

from __future__ import annotations

import os

import pytest
from threadpoolctl import threadpool_limits

from geomlearn.core import threads


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Eight cores of a machine described by files below tmp_path."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user/shell\n")
    (tmp_path / "group/user/shell").mkdir(parents=True)
    monkeypatch.setattr(threads, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(threads, "_GROUPS", tmp_path / "group")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_without_quota_and_load_all_cores_are_there(machine):
    (machine / "proc/loadavg").write_text("7.90 3.00 2.00 1/300 4242\n")
    (machine / "group/user/cpu.max").write_text("max 100000\n")
    assert threads.n_allowed() == 8
    assert threads.n_idle() == 8, "what counts is who runs now, not who ran a minute ago"


@pytest.mark.parametrize(("quota", "cores"), [("250000 100000", 2), ("50000 100000", 1), ("900000 100000", 8)])
@pytest.mark.parametrize("folder", ["group", "group/user", "group/user/shell"])
def test_the_tightest_quota_on_the_way_up_counts_in_whole_cores(machine, folder, quota, cores):
    (machine / folder / "cpu.max").write_text(quota)
    assert threads.n_allowed() == cores


def test_quotas_of_the_first_kind_of_control_groups(machine):
    (machine / "proc/self/cgroup").write_text("5:memory:/a\n4:cpu,cpuacct:/box\n")
    folder = machine / "group/cpu,cpuacct/box"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    (folder / "cpu.cfs_quota_us").write_text("-1\n")
    assert threads.n_allowed() == 8
    (folder / "cpu.cfs_quota_us").write_text("300000\n")
    assert threads.n_allowed() == 3


def test_affinity_counts(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert threads.n_allowed() == 2


@pytest.mark.parametrize(("runnable", "n"), [(1, 8), (3, 6), (8, 1), (17, 1)])
def test_a_pool_takes_only_cores_that_nobody_wants(machine, monkeypatch, runnable, n):
    (machine / "proc/loadavg").write_text(f"0.00 0.00 0.00 {runnable}/300 4242\n")

    class Blas:
        def select(self, **_):
            return self

        def info(self):
            return [{"num_threads": 8}]

    monkeypatch.setattr("threadpoolctl.ThreadpoolController", Blas)
    assert threads.n_threads() == n


def test_pools_do_not_nest():
    with threadpool_limits(1, user_api="blas"):
        assert threads.n_threads() == 1


def test_libraries_are_told_to_sleep_and_a_person_is_obeyed(machine, monkeypatch):
    for name in (*threads._ASLEEP, *threads._COUNTS):
        monkeypatch.delenv(name, raising=False)
    (machine / "group/cpu.max").write_text("300000 100000")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    threads.settle()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("3", "ACTIVE")
    assert os.environ["KMP_BLOCKTIME"] == "0"
    for name in (*threads._ASLEEP, "OMP_NUM_THREADS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("MKL_NUM_THREADS", "5")
    threads.settle()
    assert "OMP_NUM_THREADS" not in os.environ


def test_children_get_their_count_and_this_process_keeps_its_own(monkeypatch):
    for name in (*threads._ASLEEP, *threads._COUNTS):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    with threads.settled_children(1):
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert dict(os.environ) == before
