"""Two and four views of a shape: they turn together, or each for itself."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.items import IDENTITY, Layer, ShapeItem
from geomlearn.app.model.language import do
from geomlearn.app.model.view.place import placements, world_points
from geomlearn.app.window.stage.camera import projection
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import builtin

pytestmark = pytest.mark.window


@pytest.fixture
def cat(driver):
    """A cat with two functions, of which it shows one."""
    item = ShapeItem(label="cat", shape=builtin("quadruped-cat-stand", 600, 0))
    values = [
        ValuesItem(label=f"v{axis}", owner=item.id, values=item.shape.vertices[None, :, axis], names=(f"v{axis}",))
        for axis in (0, 1)
    ]
    driver.app.do(Add((item, *values), layers={item.id: Layer(source=values[0].id)}))
    driver.app.focus_on(item.id)
    driver.app.look("front")
    driver.frames(3)
    return driver


def pictures(app) -> tuple[ShapeItem, ...]:
    return app.scene.of(ShapeItem)


def middle(app, item) -> tuple[float, float]:
    screen, _ = projection().to_screen(world_points(app.scene, item))
    return tuple(((screen.min(axis=0) + screen.max(axis=0)) / 2).tolist())


def test_four_sides_stand_beside_each_other_and_one_view_puts_them_away(cat):
    app = cat.app
    cat.key("4")
    cat.frames(3)
    assert [one.label for one in pictures(app)] == [
        "cat",
        "cat from the right",
        "cat from the top",
        "cat from the back",
    ]
    assert len({tuple(placements(app.scene)[one.id][:2, 3].round(3)) for one in pictures(app)}) == 4
    places = placements(app.scene)
    nose = app.shape.shape.vertices[:, 2].argmax()
    at = {one.label: places[one.id][:3, :3] @ one.unit_vertices[nose] for one in pictures(app)}
    assert at["cat from the back"] == pytest.approx(at["cat"] * [-1, 1, -1], abs=1e-9)
    line = app.history.now.script.python.splitlines()[-1]
    assert "views cat 4" in line
    cat.key("Ctrl+0")
    assert len(pictures(app)) == 1
    with pytest.raises(ParameterError, match="no 3 views"):
        do(app.scene, "views cat 3")


def test_a_view_shows_a_quantity_of_its_own(cat):
    app = cat.app
    cat.key("2")
    cat.frames(2)
    first, second = pictures(app)
    assert second.layer.source == first.layer.source
    app.focus_on(second.id)
    cat.key("C")
    first, second = pictures(app)
    assert second.layer.source != first.layer.source


def test_unlinked_a_drag_turns_the_view_under_it_alone_and_is_undone(cat):
    app = cat.app
    cat.key("2")
    cat.frames(3)
    eye = projection().eye
    cat.key("Ctrl+G")
    assert not app.scene.stage.linked
    cat.frames(2)
    first, second = pictures(app)
    x, y = middle(app, second)
    before = len(app.history)
    cat.move(x, y)
    cat.frames(2)
    cat.drag((x, y), (x + 90, y))
    first, second = pictures(app)
    assert first.pose == IDENTITY and second.pose != IDENTITY
    turn = np.array(second.pose).reshape(4, 4)[:3, :3]
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9) and np.linalg.det(turn) == pytest.approx(1)
    assert projection().eye == pytest.approx(eye), "the camera stays"
    assert len(app.history) == before + 1
    cat.key("Ctrl+Z")
    assert pictures(app)[1].pose == IDENTITY
    cat.key("Ctrl+Z")
    cat.frames(2)
    cat.drag((x, y), (x + 90, y))
    assert all(one.pose == IDENTITY for one in pictures(app)), "linked, the drag turns the stage"
    assert not np.allclose(projection().eye, eye)
