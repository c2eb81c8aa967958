"""What is copied or saved as a script runs alone, in a process that knows nothing, and makes the same again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geomlearn.app.desks.match.stage import show_column
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.files.codec import encode
from geomlearn.app.model.files.session import read_session
from geomlearn.app.model.matching.matches import ERRORS, MatchItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.matching.io.maps import write_map
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import write_shape
from tests.window.desks.test_match import QUICK

pytestmark = pytest.mark.window
NAMES = ("biped-tall-walk", "biped-tall-reach")
N = 500
# Where a window would open, what it would show is written down.
INSTEAD_OF_A_WINDOW = """
import os
import geomlearn.app.window
from geomlearn.app.model.files.session import Session, write_session
geomlearn.app.window.show_scene = lambda scene: write_session(os.environ["SHOWN"], Session(scene))
"""


@pytest.fixture
def run_alone(tmp_path):
    """Run a line of a shell in an empty folder; returns the scene that a window would have opened with."""
    place = tmp_path / "elsewhere"
    (place / "programs").mkdir(parents=True)
    (place / "programs" / "sitecustomize.py").write_text(INSTEAD_OF_A_WINDOW)
    python = place / "programs" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    variables = {
        **os.environ,
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(python.parent), str(Path(__file__).parents[2])]),
        "SHOWN": str(place / "shown"),
    }

    def run(*command: str):
        done = subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return read_session(place / "shown").scene

    return run


def assert_alike(made, there) -> None:
    """The same items in the same order: every option, colour and number; ids aside."""
    for one, other in zip(made, there, strict=True):
        arrays: tuple[dict, dict] = ({}, {})
        texts = [
            told(encode(item, kept), scene)
            for item, kept, scene in zip((one, other), arrays, (made, there), strict=True)
        ]
        assert texts[0] == texts[1], one.label
        assert arrays[0].keys() == arrays[1].keys()
        for name, values in arrays[0].items():
            assert np.array_equal(values, arrays[1][name], equal_nan=values.dtype.kind == "f"), (one.label, name)


def told(value, scene):
    """Encoded content with labels in place of ids."""
    if isinstance(value, dict):
        return {key: told(part, scene) for key, part in value.items() if key != "id"}
    if isinstance(value, list):
        return [told(part, scene) for part in value]
    return scene[value].label if isinstance(value, str) and value in scene else value


@pytest.fixture
def day(driver, tmp_path):
    """Two shapes, a basis, its third mode, a match with another name, the truth, its errors as colours; saved."""
    app = driver.app
    app.begin(Scene(), "Start")
    driver.open(*(write_shape(tmp_path / f"{name}.off", builtin(name, N)) for name in NAMES))
    app.desks["spectrum"].options = app.desks["spectrum"].options.replace(k=8)
    app.focus_on(app.scene.shapes[0].id)
    driver.key("S")
    driver.wait()
    driver.key("Right")
    app.desks["match"].options["match"] = MatchOptions(**QUICK)
    driver.key("M")
    assert app.desk.key == "match", "M leads to where the match can be watched"
    driver.wait()
    (match,) = app.scene.of(MatchItem)
    write_map(tmp_path / "truth.txt", ground_truth(*NAMES, n_vertices_a=N, n_vertices_b=N))
    app.desks["match"].truth.measure(app, match, str(tmp_path / "truth.txt"))
    driver.wait()
    (match,) = app.scene.of(MatchItem)
    show_column(app, match, ERRORS)
    app.do(change(match.id, label="the map"))
    driver.key("E")
    driver.frames(2)
    assert save_session(app, str(tmp_path / "day"), "")
    return tmp_path / "day"


def test_the_script_of_a_session_makes_it_again(driver, day, run_alone):
    there = driver.app.scene
    (match,) = there.of(MatchItem)
    assert (match.label, match.truth is not None) == ("the map", True)
    assert (day / "script.py").read_text().strip() in (day / "script.sh").read_text()
    driver.app.look("corner")
    driver.frames(3)
    drawn = driver.picture(panels=False)
    made = run_alone("sh", str(day / "script.sh"))
    assert_alike(made, there)
    assert made.stage == there.stage
    open_session(driver.app, str(day.parent / "elsewhere" / "shown"))
    driver.app.look("corner")
    driver.frames(3)
    off = np.abs(drawn.astype(int) - driver.picture(panels=False)).max(axis=2)
    assert (off > 8).mean() < 1e-3, "pixels at edges alone may differ"
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 100, "colours are drawn"


def test_a_step_on_a_computed_thing_is_copied_with_what_led_to_it(driver, tmp_path, run_alone):
    path = write_shape(tmp_path / "ball.off", builtin("icosphere", 500, 0))
    driver.open(path)
    driver.app.desks["spectrum"].options = driver.app.desks["spectrum"].options.replace(k=5)
    driver.key("E")
    driver.app.run("edit.copy-last")
    assert driver.clipboard == f"geomlearn view {path} --do 'set ball edges=true'"
    driver.key("S")
    driver.wait()
    driver.key("C")
    driver.key("C")
    driver.app.run("edit.copy-last")
    assert driver.clipboard.startswith("python - <<'END'")
    made = run_alone("sh", "-c", driver.clipboard)
    assert_alike(made, driver.app.scene)
    assert made.of(BasisItem) and made.shapes[0].layer is not None
