"""Measuring with the mouse of a real screen."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import SelectionItem, ValuesItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.many.pages import Turn
from geomlearn.app.model.measuring.items import DistanceItem
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.guide.tour import begin_tour
from geomlearn.app.window.preferences import load_preferences
from geomlearn.app.window.stage.camera import projection
from geomlearn.shapes.builtin import icosphere
from tests.window.screen import xdotool


@pytest.fixture
def ball(real):
    """A sphere that shows its height."""
    item = ShapeItem(label="ball", shape=icosphere(7))
    height = ValuesItem(label="height", owner=item.id, values=item.shape.vertices[None, :, 1], names=("height",))
    real.app.do(Add((item, height), layers={item.id: Layer(source=height.id)}))
    real.app.focus_on(item.id)
    real.app.look("front")
    real.frames(3)
    return real


def place(driver, x: float, y: float) -> tuple[float, float]:
    """Pixels of a place on the shape in focus, relative to its middle, in radii."""
    screen, _ = projection().to_screen(world_points(driver.app.scene, driver.app.shape))
    centre, radius = screen.mean(axis=0), np.ptp(screen[:, 1]) / 2
    return tuple((centre + radius * np.array([x, -y])).tolist())


def test_a_distance_is_measured_by_two_clicks_and_undone(ball):
    ball.key("d")
    assert ball.app.tool == "measure"
    for x, y in ((-0.4, 0.2), (0.4, 0.5)):
        ball.press(*place(ball, x, y))
    ball.until(lambda: ball.app.scene.of(DistanceItem))
    ball.frames(3)
    assert ball.sees("measured/profile")
    ball.key("Esc")
    assert ball.app.tool == ""
    ball.key("Ctrl+z")
    assert not ball.app.scene.of(DistanceItem)


def test_the_histogram_selects_where_it_is_brushed(ball):
    bars = ball.rect("histogram")
    y = bars.y + 0.5 * bars.h
    ball.move(bars.x + 0.5 * bars.w, y)
    xdotool("mousedown", "1")
    ball.settle()
    for part in (0.6, 0.7, 0.75):
        ball.move(bars.x + part * bars.w, y)
    xdotool("mouseup", "1")
    ball.settle()
    (found,) = ball.app.scene.of(SelectionItem)
    assert 0 < len(found.indices) < ball.app.shape.shape.n_vertices


def test_a_line_typed_into_the_console_is_a_step(ball):
    ball.key("Ctrl+`")
    assert ball.app.console
    ball.type("w.do('set ball edges=true')")
    ball.key("Enter")
    ball.until(lambda: ball.app.scene.shapes[0].edges)
    ball.key("Ctrl+`")
    assert not ball.app.console
    ball.app.undo()
    assert not ball.app.scene.shapes[0].edges


def test_the_tour_is_walked_by_the_mouse(ball):
    begin_tour(ball.app)
    ball.frames(3)
    for _ in range(5):
        assert ball.sees("tour")
        ball.click("tour/next")
        ball.frames(2)
    assert ball.app.guide == 0 and load_preferences().toured


def test_unlinked_views_turn_each_for_itself(ball):
    ball.key("2")
    ball.key("Ctrl+g")
    ball.frames(3)
    first, second = ball.app.scene.of(ShapeItem)
    screen, _ = projection().to_screen(world_points(ball.app.scene, second))
    x, y = screen.mean(axis=0)
    ball.move(x, y)
    ball.frames(2)
    xdotool("mousedown", "1")
    ball.settle()
    ball.move(x + 60, y)
    xdotool("mouseup", "1")
    ball.settle()
    assert ball.app.scene[first.id].pose == first.pose != ball.app.scene[second.id].pose


def test_many_shapes_are_paged_by_keys(real):
    real.app.do(Add(tuple(ShapeItem(label=f"s{k}", shape=icosphere(2)) for k in range(30))))
    real.app.do(Turn({"page": 0, "page_size": 24}))
    real.frames(3)
    assert real.sees("pages")
    real.key("period")
    assert real.app.scene.stage.page == 1 and sum(one.visible for one in real.app.scene.shapes) == 6
    real.key("Shift+l")
    real.frames(2)
    assert real.sees("scale bar")
