"""The scale bar and the axes say lengths that are true, and kept views come back."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.computed import BookmarkItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements
from geomlearn.app.window.stage.camera import projection
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape

pytestmark = pytest.mark.window


@pytest.fixture
def cat(driver):
    """A cat 40 units long, seen from the front without perspective."""
    shape = builtin("quadruped-cat-stand", 600, 0)
    large = Shape(40 / shape.diagonal * shape.vertices, shape.faces)
    driver.app.do(Add((ShapeItem(label="cat", shape=large),)))
    driver.app.focus_on(driver.app.shape.id)
    driver.key("5")
    driver.app.look("front")
    driver.frames(3)
    return driver


def on_screen(driver, points: np.ndarray) -> np.ndarray:
    shape = driver.app.shape
    matrix = placements(driver.app.scene)[shape.id]
    unit = (points - shape.centre) / shape.shape.diagonal
    return projection().to_screen(unit @ matrix[:3, :3].T + matrix[:3, 3])[0]


def test_the_bar_is_as_long_as_it_says(cat):
    cat.key("Shift+L")
    cat.frames(2)
    assert cat.app.scene.stage.scale_bar
    bar = cat.rect("scale bar")
    middle = cat.app.shape.centre
    one, other = on_screen(cat, middle + np.array([[0, 0, 0], [0, 1.0, 0]]))
    length = bar.w / np.linalg.norm(one - other)
    power = 10.0 ** np.floor(np.log10(length))
    assert length / power == pytest.approx(min((1, 2, 5), key=lambda nice: abs(nice - length / power)), rel=1e-3)
    assert cat.window.layout().stage.contains(bar.x, bar.y)
    assert "stage scale_bar=true" in cat.app.history.script().python


def test_axes_number_the_coordinates_of_the_file(cat):
    app = cat.app
    app.do(change(app.shape.id, unit="cm"))
    cat.key("A")
    cat.frames(2)
    named = {name.split("/")[-1]: rect for name, rect in cat.window.ui.rects.items() if "axis " in name}
    assert any(name.endswith("[cm]") for name in named)
    uprights = {
        float(name.split()[2]): rect for name, rect in named.items() if name.startswith("axis y") and "[" not in name
    }
    assert len(uprights) >= 3
    low, high = app.shape.shape.vertices.min(axis=0), app.shape.shape.vertices.max(axis=0)
    for value, rect in uprights.items():
        assert low[1] - 1e-6 <= value <= high[1] + 1e-6
        ((_, y),) = on_screen(cat, np.array([[low[0], value, low[2]]]))
        assert rect.centre[1] == pytest.approx(y, abs=8)
    cat.key("A")
    cat.frames(2)
    assert not any("axis " in name for name in cat.window.ui.rects)


def test_all_six_sides_and_kept_views(cat):
    looks = {}
    for key, side in (
        ("1", "front"),
        ("Ctrl+1", "back"),
        ("3", "right"),
        ("Ctrl+3", "left"),
        ("7", "top"),
        ("Ctrl+7", "bottom"),
    ):
        cat.key(key)
        cat.frames(2)
        looks[side] = np.array(ps.get_view_camera_parameters().get_look_dir())
    for one, other in (("front", "back"), ("right", "left")):
        assert looks[one] == pytest.approx(-looks[other], abs=1e-3)
    assert looks["top"][1] == pytest.approx(-1, abs=0.01) and looks["bottom"][1] == pytest.approx(1, abs=0.01)
    cat.key("1")
    cat.key("Ctrl+M")
    cat.key("3")
    cat.key("Ctrl+M")
    assert [item.label for item in cat.app.scene.of(BookmarkItem)] == ["View", "View 2"]
    for side in ("front", "right"):
        cat.key("N")
        cat.frames(3)
        assert np.array(ps.get_view_camera_parameters().get_look_dir()) == pytest.approx(looks[side], abs=1e-3)
    lines = [line for line in cat.app.history.script().python.splitlines() if "BookmarkItem" in line]
    space = {"scene": Scene()}
    exec("\n".join(lines), space)
    assert len(space["scene"].of(BookmarkItem)) == 2
