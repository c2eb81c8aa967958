"""Temporaries of processes that are gone are swept; all others are left alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from geomlearn.core import leftovers
from geomlearn.core.files import atomic_path

WRITER = """
import os, signal, sys
from pathlib import Path
from geomlearn.core.files import atomic_path

with atomic_path(Path(sys.argv[1]), force=True) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows tells nobody whether a process is gone")
def test_what_a_killed_writer_left_is_swept_by_the_next_and_the_old_file_is_whole(tmp_path):
    target = tmp_path / "map.txt"
    target.write_text("whole")
    subprocess.run([sys.executable, "-c", WRITER, str(target)], check=False)
    assert len(list(tmp_path.iterdir())) == 2, "the kill leaves a temporary"
    assert target.read_text() == "whole"
    (tmp_path / ".map.abcdef.txt").write_text("not ours")
    with atomic_path(tmp_path / "other.txt") as temporary:
        temporary.write_text("new")
    assert {path.name for path in tmp_path.iterdir()} == {"map.txt", "other.txt", ".map.abcdef.txt"}


def test_temporaries_of_the_living_and_of_other_machines_stay(tmp_path, monkeypatch):
    mine = tmp_path / f"{leftovers.prefix()}x.txt"
    place, pid, start = leftovers._place(), os.getpid(), leftovers._started(os.getpid())
    elsewhere = tmp_path / f".geomlearn-{'0' * 8}-{pid}-{start + 1}-x.txt"
    for path in (mine, elsewhere):
        path.write_text("")
    assert leftovers.sweep(tmp_path) == []
    if start:
        reused = tmp_path / f".geomlearn-{place}-{pid}-{start + 1}-x.txt"
        reused.write_text("")
        assert leftovers.sweep(tmp_path) == [reused], "the id is in use again, by a process that began at another time"
        monkeypatch.setattr(leftovers, "_started", lambda _: 0)
        reused.write_text("")
        assert leftovers.sweep(tmp_path) == [], "where the system does not tell, nothing is sure"


@pytest.mark.skipif(os.name == "nt", reason="Windows tells nobody whether a process is gone")
def test_folders_of_jobs_are_swept_whole(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    folder = tmp_path / f"geomlearn-jobs-{leftovers._place()}-{child.pid}-1-abc"
    folder.mkdir()
    (folder / "array.npy").write_bytes(b"1")
    assert leftovers.sweep(tmp_path) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_listed_is_none_to_sweep(tmp_path):
    assert leftovers.sweep(tmp_path / "absent") == []
