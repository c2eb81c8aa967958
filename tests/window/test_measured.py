"""Measuring by hand: two clicks are a distance, clicks are probes, a drag over the histogram selects."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import SelectionItem, ValuesItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.stage.camera import projection
from geomlearn.shapes.builtin import builtin, icosphere
from tests.model.scenes import field_of

pytestmark = pytest.mark.window


@pytest.fixture
def ball(driver):
    """A sphere that shows its height."""
    item = ShapeItem(label="ball", shape=icosphere(7))
    height = ValuesItem(label="height", owner=item.id, values=item.shape.vertices[None, :, 1], names=("height",))
    driver.app.do(Add((item, height), layers={item.id: Layer(source=height.id)}))
    driver.app.focus_on(item.id)
    driver.app.look("front")
    driver.frames(3)
    return driver


def at(driver, x: float, y: float) -> int:
    """Click the shape at a place relative to its middle, in radii; returns the vertex that was under the pointer."""
    item = driver.app.shape
    screen, _ = projection().to_screen(world_points(driver.app.scene, item))
    centre, radius = screen.mean(axis=0), np.ptp(screen[:, 1]) / 2
    place = centre + radius * np.array([x, -y])
    driver.move(*place)
    driver.frames(1)
    # What comes of the click may cover the place.
    vertex = driver.app.hit.vertex
    driver.press(*place)
    return vertex


def test_two_clicks_measure_and_the_profile_is_copied(ball):
    app = ball.app
    ball.key("D")
    assert app.tool == "measure" and ball.sees("measured")
    start = at(ball, -0.3, -0.5)
    assert app.first is not None and app.first.vertex == start
    end = at(ball, 0.3, 0.5)
    ball.wait()
    (found,) = app.scene.of(DistanceItem)
    assert (found.start, found.end) == (start, end) and app.focus == found.id
    points = app.shape.shape.vertices[[start, end]]
    assert found.measured.along == pytest.approx(np.arccos(points[0] @ points[1]), rel=0.02)
    ball.frames(3)
    assert ball.sees("measured/profile")
    ball.click("measured/csv")
    head, *rows = csv.reader(io.StringIO(ball.clipboard))
    assert head[-1] == "height" and float(rows[-1][0]) == pytest.approx(found.measured.along)
    assert app.history.now.script.shell == "", "a shape without a file has no shell line"
    assert f"measure ball {start} {end}" in app.history.now.script.python
    ball.key("Esc")
    assert app.tool == ""
    ball.key("Ctrl+Z")
    assert not app.scene.of(DistanceItem)


def test_clicks_read_and_a_second_click_lets_go(ball):
    app = ball.app
    ball.key("Shift+D")
    one, two = at(ball, -0.4, 0.1), at(ball, 0.4, -0.2)
    assert app.scene.of(ProbesItem)[0].vertices == (one, two)
    ball.click("measured/csv")
    rows = list(csv.reader(io.StringIO(ball.clipboard)))
    assert [int(row[0]) for row in rows[1:]] == [one, two]
    assert float(rows[1][4]) == app.shape.shape.vertices[one, 1]
    at(ball, 0.4, -0.2)
    assert app.scene.of(ProbesItem)[0].vertices == (one,)
    ball.click(f"measured/drop {one}")
    assert not app.scene.of(ProbesItem)


def test_probes_of_a_field_are_drawn_over_time(ball):
    app = ball.app
    field = field_of(app.shape, 7)
    app.do(Add((field,), layers={app.shape.id: Layer(source=field.id)}))
    ball.key("Shift+D")
    vertex = at(ball, 0.0, 0.1)
    ball.frames(3)
    ball.click("measured/csv over time")
    head, *rows = csv.reader(io.StringIO(ball.clipboard))
    assert head == ["t", f"vertex {vertex}"] and len(rows) == 7


def test_a_drag_over_the_histogram_selects_and_says_how_much(ball):
    app = ball.app
    ball.frames(2)
    bars = ball.rect("histogram")
    y = bars.y + 0.5 * bars.h
    ball.drag((bars.x + 0.55 * bars.w, y), (bars.x + 0.75 * bars.w, y))
    (found,) = app.scene.of(SelectionItem)
    height = app.shape.shape.vertices[:, 1]
    inside = np.isin(np.arange(len(height)), found.indices)
    assert inside.any() and height[inside].min() > height.min() and height[~inside & (height > 0.9)].size
    assert app.shape.layer.scale == "robust", "the ends of the colours stay"
    assert app.history.path()[-1].title.startswith("Select ")
    before = len(app.history)
    ball.drag((bars.x + 0.3 * bars.w, y), (bars.x + 0.5 * bars.w, y))
    assert len(app.scene.of(SelectionItem)) == 1 and len(app.history) <= before + 1
    app.focus_on(found.id)
    ball.frames(2)
    assert ball.sees("selection/Grow")


def test_element_quality_is_shown_from_the_checks(driver):
    driver.app.do(Add((ShapeItem(label="cat", shape=builtin("quadruped-cat-stand", 600, 0)),)))
    driver.app.focus_on(driver.app.shape.id)
    driver.frames(2)
    driver.click("look/Check")
    driver.click("Check/quality")
    driver.wait()
    assert driver.app.source.label == "cat · element quality" and driver.app.source.n_columns == 3
    assert driver.sees("legend")
