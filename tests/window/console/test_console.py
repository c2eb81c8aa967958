"""The console in the window: opened by its key, typed into, undone, stopped."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import ValuesItem
from tests.model.scenes import shape_item

pytestmark = pytest.mark.window


@pytest.fixture
def console(driver):
    """An open console beside a shape."""
    driver.app.do(Add((shape_item("octa"),)))
    driver.window.console.__init__()
    driver.key("Ctrl+`")
    driver.frames(3)
    yield driver
    driver.app.show_console(False)
    driver.frames(2)


def enter(driver, line: str) -> None:
    driver.type(line)
    driver.key("Enter")
    driver.until(lambda: not driver.window.console.running)
    driver.frames(3)


def said(driver) -> list[str]:
    return [line.text for line in driver.window.console.lines]


def test_a_line_is_a_step_that_is_undone(console):
    app = console.app
    assert console.sees("console")
    enter(console, "w['x'] = w.shape().vertices[:, 0]")
    (found,) = app.scene.of(ValuesItem)
    assert np.array_equal(found.values[0], app.scene.shapes[0].shape.vertices[:, 0])
    assert app.history.now.title.startswith("w['x'] =")
    enter(console, "y = 3")
    assert len(app.history.now.notes) == 1 and "typed(scene, 'y = 3'" in app.history.script().python
    enter(console, "y * 7")
    assert said(console)[-1] == "21"
    console.app.undo()
    assert not app.scene.of(ValuesItem)


def test_letters_stay_in_the_line_and_earlier_lines_come_back(console):
    before = console.app.scene
    enter(console, "e = 'seg'")
    assert console.app.scene is before
    console.key("Up")
    console.frames(3)
    console.key("Enter")
    console.until(lambda: len(console.window.console.typed) == 2)
    assert console.window.console.typed == ["e = 'seg'"] * 2
    console.key("Ctrl+`")
    console.frames(2)
    assert not console.app.console and not console.sees("console")


def test_a_failure_is_said_there_and_a_long_line_is_stopped(console):
    enter(console, "1 / 0")
    assert "ZeroDivisionError" in said(console)[-1]
    console.type("while True: pass")
    console.key("Enter")
    console.until(lambda: console.window.console.running != "")
    console.frames(3)
    console.click("console/stop")
    console.until(lambda: not console.window.console.running)
    assert said(console)[-1] == "Stopped."
