"""Work that is shared, and processes that are lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geomlearn.collections.pairs.engines import LOST, Here, Processes
from geomlearn.core.errors import Cancelled
from geomlearn.core.progress import Progress


def work(number: int, folder: Path, dies: int) -> int:
    """Squares; the process of number 2 is killed so many times."""
    file = folder / "tries"
    if number == 2:
        tries = len(file.read_text()) if file.exists() else 0
        if tries < dies:
            file.write_text("x" * (tries + 1))
            os._exit(9)
    return number**2


@pytest.mark.parametrize("dies", [0, 1, 2])
def test_a_lost_process_costs_a_retry_then_that_task_alone(tmp_path, dies):
    tasks = [(number, tmp_path, dies) for number in range(5)]
    found = dict(Processes(2).run(work, tasks))
    expected = {number: number**2 for number in range(5)}
    if dies == 2:
        expected[2] = {"error": LOST}
    assert found == expected


def test_here_gives_the_same(tmp_path):
    assert dict(Here().run(work, [(number, tmp_path, 0) for number in range(3)])) == {0: 0, 1: 1, 2: 4}


@pytest.mark.parametrize("engine", [Here(), Processes(1)], ids=["here", "processes"])
def test_cancelling_ends_the_work(tmp_path, engine):
    with pytest.raises(Cancelled):
        list(engine.run(work, [(0, tmp_path, 0)], Progress(is_cancelled=lambda: True)))
