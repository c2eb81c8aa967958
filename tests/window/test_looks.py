"""The panel below the tree: the range under its histogram, findings with their places, the next file of a folder."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.layers import picture
from geomlearn.app.window.files.ways import neighbour
from geomlearn.app.window.panels.tree.levels import set_limits
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape
from tests.model.scenes import basis_of

pytestmark = pytest.mark.window


@pytest.fixture
def painted(driver):
    """A sphere that shows a mode of a basis."""
    from geomlearn.app.model.commands import Add
    from geomlearn.app.model.results import first_layer

    driver.open("builtin:icosphere")
    basis = basis_of(driver.app.shape)
    driver.app.do(Add((basis,), "Basis", layers=first_layer(basis)))
    driver.app.focus_on(driver.app.shape.id)
    driver.frames(3)
    return driver


def test_dragging_an_end_of_the_histogram_sets_the_range_around_zero(painted):
    before = painted.app.shape.layer
    (x, y), (left, _) = painted.rect("high end").centre, painted.rect("low end").centre
    painted.drag((x, y), (x - 0.25 * (x - left), y))
    low, high = painted.app.shape.layer.limits
    assert painted.app.shape.layer.scale == "fixed" and low == pytest.approx(-high)
    after, _ = painted.rect("high end").centre
    assert left < after and high < picture(painted.app.scene, painted.app.shape.replace(layer=before)).limits[1]
    painted.key("Ctrl+Z")
    assert painted.app.shape.layer.scale == before.scale, "a drag is one step"


def test_typed_ends_are_taken_and_impossible_ones_are_not(painted):
    app = painted.app
    set_limits(app, app.shape, -0.25, 0.5)
    assert app.shape.layer.limits == (-0.25, 0.5)
    set_limits(app, app.shape, 1.0, 0.5)
    assert app.shape.layer.limits == (-0.25, 0.5)
    painted.frames(2)
    assert painted.sees("From") and painted.sees("To")


def test_a_broken_shape_is_checked_shown_where_and_repaired(driver, tmp_path):
    sphere = icosphere(3)
    doubled = np.concatenate([sphere.faces, sphere.faces[:2, [1, 2, 0]]])
    driver.open(write_shape(tmp_path / "twice.off", sphere.replace(faces=doubled)))
    app = driver.app
    driver.click("look/Check")
    driver.click("Check/check")
    driver.wait()
    driver.click("show duplicate faces")
    driver.frames(3)
    (found,) = app.scene.of(SelectionItem)
    assert set(found.indices) == set(doubled[-2:].ravel().tolist())
    app.focus_on(app.scene.of(ShapeItem)[0].id)
    driver.frames(2)
    driver.click("Check/repair")
    driver.wait()
    mended = app.scene.of(ShapeItem)[1]
    assert mended.shape.n_faces == sphere.n_faces and app.focus == mended.id
    driver.key("Ctrl+Z")
    assert len(app.scene.of(ShapeItem)) == 1


def test_the_next_file_of_a_folder_takes_the_place_of_the_one_shown(driver, tmp_path):
    paths = [write_shape(tmp_path / f"cat{number}.off", icosphere(2)) for number in (1, 2, 10)]
    assert neighbour(str(paths[1]), 1) == str(paths[2]) and neighbour(str(paths[2]), 1) == ""
    driver.open(paths[0])
    driver.key("PageDown")
    driver.wait()
    assert [item.label for item in driver.app.scene] == ["cat2"]
    driver.key("PageUp")
    driver.wait()
    assert [item.label for item in driver.app.scene] == ["cat1"]
    driver.key("PageUp")
    driver.expect("cat1 is the first of its kind in its folder.")
    driver.key("Ctrl+Z")
    assert [item.label for item in driver.app.scene] == ["cat2"]


def test_the_arrows_walk_through_time_where_a_field_is_shown(driver):
    from geomlearn.app.model.commands import Add
    from geomlearn.app.model.results import first_layer
    from tests.model.scenes import field_of

    driver.open("builtin:icosphere")
    field = field_of(driver.app.shape)
    driver.app.do(Add((field,), "Field", layers=first_layer(field)))
    driver.frames(2)
    driver.key("Right")
    assert field.frame(driver.app.shape.layer.column) == 1
    driver.key("Left")
    driver.key("Left")
    assert field.frame(driver.app.shape.layer.column) == 0
