"""Work survives its window: after kill -9 the next one offers to go on, and only what was in flight is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.window import start
from geomlearn.app.window.files.autosave import Autosave, left_behind, work_folder
from geomlearn.shapes.io import write_shape
from tests.model.scenes import octahedron
from tests.window.screen import xdotool

PATIENCE_S = 120.0


def wait_for(condition, what: str, child) -> None:
    began = time.monotonic()
    while not condition():
        assert child.poll() is None, child.stderr.read()
        assert time.monotonic() - began < PATIENCE_S, what
        time.sleep(0.1)


def steps() -> list[str]:
    """What the newest work of a window says it did."""
    files = sorted(work_folder().glob("window-*/session/session.json"))
    return json.loads(files[-1].read_text())["log"] if files else []


@pytest.fixture
def killed(tmp_path):
    """The work of a window that was killed after a step by key and a job."""
    path = write_shape(tmp_path / "eight.off", octahedron())
    command = [sys.executable, "-m", "geomlearn.app.cli.main", "view", str(path), "--do", "set eight opacity=0.5"]
    child = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        wait_for(lambda: "eight: opacity 0.5" in steps(), "the step was not kept", child)

        def pressed(key: str, word: str) -> bool:
            window = xdotool("search", "--pid", str(child.pid), "--onlyvisible", "--name", "geomlearn").split()
            if window and not any(word in step for step in steps()):
                xdotool("windowfocus", window[-1], "key", key)
                time.sleep(1.0)
            return any(word in step for step in steps())

        wait_for(lambda: pressed("g", "ground"), "the key did nothing", child)
        wait_for(lambda: pressed("s", "modes of eight"), "the job's result was not kept", child)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    return steps()


def test_after_kill_the_next_start_goes_on(real, killed):
    (left,) = left_behind(work_folder())
    kept = start._autosave(real.app)
    real.window.autosave = kept
    real.frames(3)
    assert "before its work was saved" in real.messages()
    real.click("Continue where you were")
    real.frames(4)
    shape = real.app.shape
    assert (shape.label, shape.opacity) == ("eight", 0.5)
    assert real.app.scene.stage.ground is False and real.app.scene.of(BasisItem)
    assert real.app.dirty and shape.layer is not None
    real.until(lambda: not left.folder.exists())
    assert kept.settle() and (kept.folder / "session" / "session.json").is_file()
    kept.close(keep=False)
    real.window.autosave = None
    assert left_behind(work_folder()) == []


def test_a_window_that_lives_is_not_taken_for_one_that_ended():
    kept = Autosave(work_folder())
    assert kept.folder not in [left.folder for left in left_behind(work_folder())]
    kept.close(keep=True)
    # Nothing was written into it: there is nothing to offer.
    assert left_behind(work_folder()) == [] and not kept.folder.exists()
