"""What is copied or saved as a script runs alone, in a process that knows nothing, and makes the same scene."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.files.session import write_session
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.window.files.opening import session_of
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape

pytestmark = pytest.mark.window

CHECK = """
import numpy as np
for item in scene:
    layer = getattr(item, "layer", None)
    print(item.label, layer and (scene[layer.source].label, layer.column), sep="|")
    for name in ("map_ab",):
        if hasattr(item, name):
            print(np.asarray(getattr(item, name)).sum(), item.truth and round(item.truth.mean, 9), sep="|")
    if hasattr(item, "basis"):
        print(item.basis.evals.tolist())
"""


@pytest.fixture
def worked(driver, tmp_path):
    """Two built-in creatures, a basis, its third mode, a match measured against the truth, its errors shown."""
    app = driver.app
    driver.open("builtin:biped-tall-walk", "builtin:biped-tall-reach")
    app.desks["spectrum"].options = app.desks["spectrum"].options.replace(k=6)
    app.focus_on(app.scene.shapes[0].id)
    driver.key("S")
    driver.wait()
    driver.key("]")
    desk = app.desks["match"]
    driver.key("M")
    driver.wait()
    (match,) = app.scene.of(MatchItem)
    desk.truth.measure(app, match, "builtin")
    driver.wait()
    return driver


def described(scene) -> str:
    names: dict = {"scene": scene}
    lines: list[str] = []
    exec(CHECK, names | {"print": lambda *words, sep=" ": lines.append(sep.join(map(str, words)))})
    return "\n".join(lines)


def test_a_session_of_everything_is_made_again_by_its_script(worked, tmp_path):
    app = worked.app
    (match,) = app.scene.of(MatchItem)
    assert app.desk.key == "match", "M leads to the desk where the match can be watched"
    assert match.truth is not None and "·" in match.label
    folder = write_session(tmp_path / "day", session_of(app, "{}"))
    program = (folder / "script.py").read_text()
    assert program in (folder / "script.sh").read_text()
    done = subprocess.run(
        [sys.executable, "-c", program.partition("\nif __name__")[0] + CHECK],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**__import__("os").environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == described(app.scene).strip()


def test_a_step_on_a_computed_thing_is_copied_with_what_led_to_it(driver, tmp_path):
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
    program = driver.clipboard.partition("\n")[2].partition("\nif __name__")[0]
    names: dict = {}
    exec(program, names)  # the point of the test: what is copied must run
    (made,), (there,) = names["scene"].of(BasisItem), driver.app.scene.of(BasisItem)
    assert np.array_equal(made.basis.evecs, there.basis.evecs)
    shown = names["scene"].shapes[0].layer
    assert (shown.source, shown.column) == (made.id, driver.app.shape.layer.column)


def test_the_script_of_a_session_opened_again_still_tells_it_all(worked, tmp_path):
    from geomlearn.app.window.files.opening import open_session

    app = worked.app
    before = app.history.script().python
    folder = write_session(tmp_path / "day", session_of(app, ""))
    open_session(app, str(folder))
    assert app.history.script().python.strip() == before.strip()
    assert not app.dirty and app.session_folder == str(folder)
