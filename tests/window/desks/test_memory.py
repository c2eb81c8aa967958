"""The page of memories: poles and gains follow the sliders; a tone breaks S4D's forecast and not S4-PTD's."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.place import in_row, world_points
from geomlearn.app.window.stage.camera import projection

pytestmark = pytest.mark.window


@pytest.fixture
def desk(driver):
    driver.open("builtin:icosphere@700")
    driver.key("F3")
    driver.click("page/Memory")
    return driver.app.desks["fields"]


def _solve_wave(driver, desk):
    desk.solving.equation = "wave"
    desk.solving.options["wave"] = desk.solving.options["wave"].replace(duration=4.0, time_step=0.05, save_every=2)
    driver.key("R")
    driver.wait()
    driver.click("page/Memory")
    driver.click("part/Disturb")


def test_poles_and_gains_are_drawn_and_follow_the_sliders(driver, desk):
    driver.click("inspect")
    driver.wait()
    first = desk.memory.curves
    assert driver.sees("gains") and driver.sees("poles")
    assert first.inspection.n == 32
    slider = driver.rect("Gamma")
    driver.drag((slider.x + 0.6 * slider.w, slider.centre[1]), (slider.x + 0.95 * slider.w, slider.centre[1]))
    driver.wait()
    assert desk.memory.gamma > 60
    assert desk.memory.curves.inspection.gamma == desk.memory.gamma
    assert desk.memory.curves.inspection.deviation.worst < first.inspection.deviation.worst
    driver.click("States")
    driver.click("States/16")
    driver.frames(3)
    driver.wait()
    assert desk.memory.curves.inspection.n == 16


def test_a_tone_at_the_spike_breaks_s4d_and_not_ptd(driver, desk):
    driver.click("part/Disturb")
    driver.click("disturb")
    assert not driver.app.runner.active, "nothing can be disturbed yet"
    _solve_wave(driver, desk)
    driver.click("disturb")
    driver.wait()
    scene = driver.app.scene
    shown = [scene[shape.layer.source].names[0] for shape in in_row(scene) if shape.visible and shape.layer]
    assert shown == ["painted", "undisturbed", "S4D forecast", "S4-PTD forecast"]
    frames = {shape.layer.column for shape in in_row(scene) if shape.visible and shape.layer}
    assert len(frames) == 1 and frames != {0}, "all stand at one moment, at which something is to be seen"
    errors = {item.names[0]: np.median(item.curves["error"]) for item in scene.of(FieldItem) if "error" in item.curves}
    assert errors["S4D forecast"] > 2 * errors["S4-PTD forecast"]
    assert len({item.link for item in scene.of(FieldItem) if "disturbed" in item.parameters}) == 1
    assert driver.sees("errors")
    assert "disturb_field" in driver.app.history.now.script.python
    driver.click("single")
    assert len([shape for shape in driver.app.scene.of(ShapeItem) if shape.visible]) == 1
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    assert not [item for item in driver.app.scene.of(FieldItem) if "disturbed" in item.parameters]


def test_a_click_chooses_where_the_tone_is_painted(driver, desk):
    _solve_wave(driver, desk)
    shape = driver.app.shape
    screen, _ = projection().to_screen(world_points(driver.app.scene, shape))
    world, eye = world_points(driver.app.scene, shape), projection().eye
    away = np.abs(screen - np.array(driver.window.layout().stage.centre)).sum(axis=1)
    away[np.einsum("ij,ij->i", shape.unit_normals, eye - world) < 0] = np.inf
    driver.press(*screen[int(away.argmin())])
    assert desk.memory.vertex == int(away.argmin())


def test_the_choice_is_kept_with_the_session(driver, desk):
    desk.memory.n, desk.memory.frequency = 16, 0.5
    other = type(desk)()
    other.recall(desk.remember())
    assert (other.memory.n, other.memory.frequency) == (16, 0.5)
