"""`--pictures` touches nobody's habits, runs or folders, whatever its window does; in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.window
PROGRAM = """
import sys
from pathlib import Path
from geomlearn.app.window import start

def busy(window, folder, paths, scale):
    window.app.preferences.change(theme="dark", scale=1.5)
    window.app.preferences.remember("a.off")
    runs = window.app.desks["learn"].runs_below
    (runs / "model.run").mkdir(parents=True)
    for _ in range(4):
        window.tick()
    return [Path(folder) / "one.png"]

start.write_pictures = busy
print(start.write_tour(sys.argv[1], (), 1.0))
"""


def test_a_tour_leaves_nothing_but_its_pictures(tmp_path):
    for name in ("here", "config", "tmp", "home"):
        (tmp_path / name).mkdir()
    variables = {"GEOMLEARN_CONFIG_DIR": "config", "TMPDIR": "tmp", "HOME": "home"}
    environment = {**os.environ, **{key: str(tmp_path / name) for key, name in variables.items()}}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", PROGRAM, "pictures"]
    done = subprocess.run(command, cwd=tmp_path / "here", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "one.png" in done.stdout
    for name in ("here", "config", "tmp"):
        assert list((tmp_path / name).iterdir()) == [], name
