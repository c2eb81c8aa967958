"""The panel below the tree: the range under its histogram, findings with their places, the next file of a folder."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.computed import SelectionItem, ValuesItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import placements, world_points
from geomlearn.app.window.files.ways import neighbour
from geomlearn.app.window.panels.tree.levels import set_limits
from geomlearn.app.window.stage.camera import projection
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.shape import Shape
from tests.model.scenes import basis_of, shape_item

pytestmark = pytest.mark.window


@pytest.fixture
def painted(driver):
    """A sphere that shows a mode of a basis."""
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


def test_a_scan_is_cleaned_after_a_look_at_what_would_go_and_its_values_follow(driver, tmp_path):
    random = np.random.default_rng(0)
    strays = random.uniform(-3, 3, (12, 3))
    points = np.concatenate([icosphere(14).vertices, strays[np.linalg.norm(strays, axis=1) > 1.6]])
    driver.open(write_shape(tmp_path / "scan.ply", Shape(points)))
    app = driver.app
    scan = app.shape
    heights = ValuesItem(label="height", owner=scan.id, values=points[None, :, 2], names=("height",))
    app.do(Add((heights,), "Height"))
    app.focus_on(scan.id)
    driver.frames(2)
    driver.click("page/Clean")
    driver.click("look/outliers")
    driver.click("look/preview clean")
    driver.wait()
    assert len(app.scene.of(ShapeItem)) == 1, "a preview changes nothing"
    driver.click("look/clean")
    cleaned = app.scene.of(ShapeItem)[1]
    gone = len(points) - cleaned.shape.n_vertices
    assert 0 < gone <= len(points) - 1962 + 1
    assert not app.scene[scan.id].visible and app.focus == cleaned.id
    (followed,) = app.scene.children(cleaned.id, ValuesItem)
    np.testing.assert_allclose(followed.values[0], cleaned.shape.vertices[:, 2])
    assert "--outliers" in app.history.now.script.shell
    driver.key("Ctrl+Z")
    assert len(app.scene.of(ShapeItem)) == 1 and app.scene[scan.id].visible


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


def structure(driver):
    return driver.window.mirror.structure(driver.app.shape.id)


def test_material_back_edges_and_colour_are_set_and_undone(driver):
    driver.app.do(Add((shape_item("cat"),)))
    driver.app.focus_on(driver.app.shape.id)
    driver.frames(2)
    assert (structure(driver).get_material(), structure(driver).get_edge_width()) == ("clay", 0.0)
    driver.key("Shift+E")
    assert driver.app.shape.wireframe and structure(driver).get_edge_width() == pytest.approx(0.8)
    assert structure(driver).get_transparency() < 0.05
    driver.key("Ctrl+Z")
    values = {"material": "wax", "back": "cull", "edges": True, "edge_width": 2.0, "color": (1.0, 0.0, 0.0)}
    driver.app.do(change(driver.app.shape.id, **values))
    driver.frames(2)
    drawn = structure(driver)
    assert (drawn.get_material(), drawn.get_back_face_policy(), drawn.get_edge_width()) == ("wax", "cull", 2.0)
    assert tuple(drawn.get_color()) == pytest.approx((1, 0, 0))
    driver.click("Surface")
    driver.frames(2)
    assert driver.sees("Material") and driver.sees("Colour without numbers") and driver.sees("usual")
    driver.key("Ctrl+Z")
    driver.frames(2)
    assert structure(driver).get_material() == "clay"


def test_points_are_drawn_larger(driver):
    cloud = Shape(np.random.default_rng(0).normal(size=(400, 3)), name="cloud")
    driver.app.do(Add((ShapeItem(label="cloud", shape=cloud),)))
    driver.app.look("front")
    driver.frames(2)
    pictures = []
    for size in (1.0, 3.0):
        driver.app.do(change(driver.app.shape.id, point_size=size))
        driver.frames(2)
        pictures.append(driver.window.picture(with_panels=False).astype(int))
    ink = [(np.abs(picture - picture[2, 2]).sum(axis=2) > 60).sum() for picture in pictures]
    assert ink[1] > 2 * ink[0]


def test_look_stays_while_anything_has_colours(driver):
    shape = shape_item("cat")
    basis = basis_of(shape)
    driver.app.do(Add((shape, basis), layers={shape.id: Layer(source=basis.id, column=1)}))
    for focus in (basis.id, "", shape.id):
        driver.app.focus_on(focus)
        driver.frames(2)
        assert driver.sees("look/Colour map"), focus


def test_the_legend_says_where_values_go_on_beyond_it(driver):
    shape = shape_item("cat")
    values = ValuesItem(label="v", owner=shape.id, values=np.linspace(0, 1, 6)[None], names=("v",))
    driver.app.do(Add((shape, values)))
    for limits, seen in (((0.0, 1.0), []), ((0.2, 1.0), ["low"]), ((0.2, 0.7), ["low", "high"])):
        driver.app.do(change(shape.id, layer=Layer(source=values.id, scale="fixed", limits=limits)))
        driver.frames(2)
        assert [end for end in ("low", "high") if driver.sees(f"beyond {end}")] == seen


def test_level_lines_end_where_the_colours_end(driver):
    x, y = np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 1, 9), indexing="ij")
    at = np.arange(x.size).reshape(x.shape)
    corners = (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:])
    faces = np.concatenate([np.stack([corners[i].ravel() for i in one], 1) for one in ((0, 1, 2), (0, 2, 3))])
    item = ShapeItem(label="ramp", shape=Shape(np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1), faces, "ramp"))
    values = ValuesItem(label="v", owner=item.id, values=x.ravel()[None], names=("v",))
    driver.app.do(Add((item, values)))
    driver.app.do(change(item.id, layer=Layer(source=values.id, scale="fixed", limits=(0.3, 0.6))))
    driver.app.look("front")
    driver.frames(3)
    shot = driver.window.picture(with_panels=False).astype(int)
    ends = projection().to_screen(world_points(driver.app.scene, item)[[4, 36 * 9 + 4, 17 * 9 + 4, 23 * 9 + 4]])[0]
    row = round(float(ends[0, 1]))
    (low, high, first, last) = (round(float(end)) for end in ends[:, 0])
    edge = round(0.04 * (high - low))
    below = shot[row, low + edge : round(low + 0.3 * (high - low))]
    within = shot[row, first:last]
    assert np.ptp(below, axis=0).max() <= 4, "beyond the range there is one colour, without lines"
    assert np.ptp(within, axis=0).max() > 40, "within it colours change and lines are drawn"


def test_a_new_name_is_typed_in(driver):
    driver.app.do(Add((shape_item("cat"), shape_item("dog"))))
    driver.app.focus_on(driver.app.scene.shapes[0].id)
    driver.frames(2)
    driver.key("Ctrl+R")
    driver.key("Ctrl+A")
    driver.type("dog")
    driver.key("Enter")
    assert driver.app.scene.shapes[0].label == "cat", "a name that another has is refused"
    driver.key("Ctrl+A")
    driver.type("tom cat")
    driver.key("Enter")
    driver.frames(2)
    assert driver.app.scene.shapes[0].label == "tom cat" and driver.sees("name tom cat")
    driver.key("Ctrl+Z")
    assert driver.app.scene.shapes[0].label == "cat"


def test_every_side_has_a_key(driver):
    driver.app.do(Add((shape_item("cat"),)))
    for keys, axis, sign in (("1", 2, 1), ("Ctrl+1", 2, -1), ("3", 0, 1), ("Ctrl+3", 0, -1), ("Ctrl+7", 1, -1)):
        driver.key(keys)
        eye = np.asarray(ps.get_view_camera_parameters().get_position())
        assert np.sign(eye[axis]) == sign and np.abs(eye[axis]) == np.abs(eye).max(), keys


def test_many_shapes_stand_in_rows(driver):
    driver.app.do(Add(tuple(shape_item(f"s{number}") for number in range(24))))
    driver.app.look("front")
    driver.frames(2)
    middles = np.array([place[:3, 3] for place in placements(driver.app.scene).values()])
    wide, high = np.ptp(middles[:, 0]), np.ptp(middles[:, 1])
    assert len(np.unique(np.round(middles[:, 1], 6))) >= 3 and wide < 3 * high
    assert len(np.unique(np.round(middles, 6), axis=0)) == 24
