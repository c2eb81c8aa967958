"""A folder is its process's own as long as that runs, and nobody's afterwards, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from geomlearn.app.window.files.held import HeldFolder, abandoned

PROGRAM = """
import sys, pathlib
from geomlearn.app.window.files.held import HeldFolder
one = HeldFolder(pathlib.Path(sys.argv[1]), "work-")
print(one.path, flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_its_folder_to_be_found(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    folder = child.stdout.readline().strip()
    assert folder and list(abandoned(tmp_path, "work-")) == []
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert [str(path) for path in abandoned(tmp_path, "work-")] == [folder]
    child.stdin.close()
    child.stdout.close()


def test_what_is_let_go_or_never_held_is_found_and_what_is_held_is_not(tmp_path):
    one, other = HeldFolder(tmp_path, "work-"), HeldFolder(tmp_path, "work-")
    one.let_go()
    assert list(abandoned(tmp_path, "work-")) == [one.path]
    assert list(abandoned(tmp_path / "nowhere", "work-")) == []
    other.let_go()
    # Just made, and perhaps about to be held.
    (tmp_path / "work-new").mkdir()
    assert tmp_path / "work-new" not in list(abandoned(tmp_path, "work-"))
