"""Work on a Dask cluster: the same results, a worker that is killed, a cluster that is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geomlearn.collections.pairs.dask_engine import Dask
from geomlearn.collections.pairs.engines import LOST
from geomlearn.core.errors import Cancelled, DeviceError
from geomlearn.core.progress import Progress

pytest.importorskip("distributed", reason="geomlearn[dask] is not installed")


def work(number: int, folder: str, dies: int) -> int:
    """Squares; the worker of number 2 is killed so many times."""
    file = Path(folder) / "tries"
    if number == 2:
        tries = len(file.read_text()) if file.exists() else 0
        if tries < dies:
            file.write_text("x" * (tries + 1))
            os._exit(9)
    return number**2


def test_a_killed_worker_costs_a_retry_and_then_its_task_alone(tmp_path):
    """Two workers; that of task 2 is killed once in the first run, and every time in the second."""
    for dies, expected in ((1, 4), (9, {"error": LOST})):
        folder = tmp_path / str(dies)
        folder.mkdir()
        found = dict(Dask("local", 2).run(work, [(number, str(folder), dies) for number in range(6)]))
        assert found == {0: 0, 1: 1, 2: expected, 3: 9, 4: 16, 5: 25}
        assert len((folder / "tries").read_text()) == min(dies, 2)


def test_a_cluster_that_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    tasks = [(1, str(tmp_path), 0)]
    with pytest.raises(DeviceError, match="There is no file"):
        list(Dask(str(tmp_path / "scheduler.json")).run(work, tasks))
    with pytest.raises(DeviceError, match="names no scheduler"):
        list(Dask("config").run(work, tasks))
    with pytest.raises(DeviceError, match="No Dask scheduler answers"):
        list(Dask("no-such-protocol://x").run(work, tasks))


def test_cancelling_leaves_the_cluster(tmp_path):
    with pytest.raises(Cancelled):
        list(Dask("local", 1).run(work, [(1, str(tmp_path), 0)], Progress(is_cancelled=lambda: True)))


def test_nothing_to_do_starts_no_cluster():
    assert list(Dask("no-such-protocol://x").run(work, [])) == []
