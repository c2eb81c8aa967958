"""The frame around the desks: actions, keys, palette, tree, undo, messages, themes."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.actions.table import Action, Actions
from geomlearn.app.window.find import found
from geomlearn.app.window.ui.theme import DARK, LIGHT
from tests.model.scenes import basis_of, octahedron, shape_item

pytestmark = pytest.mark.window


def put(driver, *items):
    driver.app.do(Add(items))
    driver.app.look("corner")
    driver.frames(3)


def test_an_empty_window_says_what_to_do(driver):
    assert driver.sees("welcome/open")
    driver.click("welcome/open")
    assert driver.app.page == "path"
    driver.key("Esc")
    assert driver.app.page == ""


def test_a_typed_path_opens(driver, tmp_path):
    from geomlearn.shapes.io import write_shape

    write_shape(tmp_path / "eight.off", octahedron())
    driver.key("Ctrl+O")
    driver.type(str(tmp_path / "eight.off"))
    driver.key("Enter")
    driver.wait()
    assert [item.label for item in driver.app.scene] == ["eight"]
    assert driver.app.preferences.recent == [str(tmp_path / "eight.off")]
    assert driver.app.history.now.title == "Open eight"


def test_dropped_files_open_and_a_bad_one_is_a_sentence(driver, tmp_path):
    from geomlearn.shapes.io import write_shape

    write_shape(tmp_path / "good.off", octahedron())
    (tmp_path / "bad.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n")
    driver.drop(tmp_path / "bad.off", tmp_path / "good.off")
    assert [item.label for item in driver.app.scene] == ["good"]
    notice = next(notice for notice in driver.app.notices.log if notice.kind == "error")
    assert "7" in notice.message and notice.hint
    driver.expect(notice.message)


def test_a_file_that_counts_from_one_is_loaded_so_on_request(driver, tmp_path):
    (tmp_path / "one.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 1 2 3\n")
    driver.drop(tmp_path / "one.off")
    driver.expect("one.off cannot be used as a mesh: face 0 refers to vertex 3")
    driver.click("Load as 1-based")
    driver.wait()
    assert driver.app.shape.shape.faces.tolist() == [[0, 1, 2]] and not driver.app.notices.shown
    script = driver.app.history.now.script
    assert "index_base=1" in script.python and "one-from-0.off --index-base 1" in script.shell


def test_a_dropped_result_brings_its_shape_and_opens_the_desk_that_shows_it(driver, tmp_path):
    from geomlearn.spectral.basis_files import write_basis

    item = shape_item("cat")
    np.savez(tmp_path / "u.npz", times=np.arange(3.0), values=np.ones((3, 6)), **{"vertices": item.shape.vertices})
    np.save(tmp_path / "height.npy", item.shape.vertices[:, 1].copy())
    driver.drop(tmp_path / "u.npz")
    assert driver.app.desk.key == "fields" and driver.app.item.label == "u field"
    driver.drop(write_basis(tmp_path / "modes.npz", basis_of(item).basis))
    assert driver.app.desk.key == "spectrum" and len(driver.app.scene.of(ShapeItem)) == 1
    driver.drop(tmp_path / "height.npy")
    assert driver.app.source.names == ("height",) and driver.sees("legend")


def test_the_palette_finds_and_does(driver):
    put(driver, shape_item("cat"))
    driver.key("Ctrl+K")
    driver.type("edges")
    driver.key("Enter")
    assert driver.app.page == ""
    assert driver.app.shape.edges
    assert driver.app.history.now.title == "cat: edges on"


def test_undo_and_redo_by_key_button_and_strip(driver):
    put(driver, shape_item("cat"))
    driver.key("E")
    driver.key("Ctrl+Z")
    assert not driver.app.shape.edges
    driver.click("redo")
    assert driver.app.shape.edges
    driver.click("step 0")
    assert not driver.app.scene.items


def test_every_action_is_in_the_palette_and_every_key_on_the_sheet(driver):
    actions = list(driver.app.actions)
    assert len(actions) > 30
    assert {action.id for action in found(driver.app, "")} == {action.id for action in actions}
    driver.key("H")
    assert driver.app.page == "keys"
    driver.key("Esc")
    for action in actions:
        assert action.title and action.title[0].isupper(), f"{action.id} needs words"


def test_the_sheet_of_keys_says_how_switches_stand(driver):
    put(driver, shape_item("cat"))
    states = {action.id: action.state for action in driver.app.actions}
    switches = ("view.edges", "view.legend", "view.ground", "view.cut", "view.move", "view.panels", "match.landmarks")
    driver.key("H")
    assert all(driver.sees(f"state {key}") for key in switches[:3])
    driver.key("Esc")
    for key in switches[:5]:
        before = states[key](driver.app)
        driver.app.run(key)
        assert {before, states[key](driver.app)} == {"on", "off"}, key
    assert states["view.theme"](driver.app) == "light" and states["view.layout"](driver.app) == "side by side"
    assert states["view.up"](driver.app) == "auto" and states["edit.undo"](driver.app) == ""


def test_two_actions_cannot_have_one_key():
    table = Actions()
    table.add([Action("a.one", "One", lambda app: None, ("Ctrl+J",))])
    with pytest.raises(ValueError, match="taken by a\\.one"):
        table.add([Action("a.two", "Two", lambda app: None, ("Ctrl+J",))])
    with pytest.raises(ValueError, match="no key"):
        table.add([Action("a.three", "Three", lambda app: None, ("Ctrl+Foo",))])


def test_an_action_that_cannot_be_done_says_why(driver):
    driver.key("E")
    driver.expect("There is no shape on the stage yet.")


def test_the_tree_hides_removes_and_brings_back(driver):
    put(driver, shape_item("cat"), shape_item("dog"))
    driver.click("cat/eye")
    assert not driver.app.scene.by_label("cat").visible
    driver.click("dog/row")
    driver.click("dog/remove")
    assert [item.label for item in driver.app.scene] == ["cat"]
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    assert all(item.visible for item in driver.app.scene) and len(driver.app.scene.items) == 2


def test_a_click_on_a_shape_and_hovering_name_its_vertex(driver):
    put(driver, shape_item("cat"), shape_item("dog"))
    stage = driver.window.layout().stage
    found = set()
    for x in np.linspace(stage.x + 10, stage.right - 10, 24):
        driver.move(x, stage.centre[1])
        if driver.app.hit is not None:
            found.add(driver.app.scene[driver.app.hit.shape_id].label)
            place = (x, stage.centre[1])
    assert found == {"cat", "dog"}
    driver.press(*place)
    assert driver.app.item.label == "dog"


def test_dragging_turns_the_camera_and_selects_nothing(driver):
    put(driver, shape_item("cat"))
    driver.app.focus_on("")
    import polyscope as ps

    before = ps.get_camera_view_matrix()
    x, y = driver.window.layout().stage.centre
    driver.drag((x, y), (x + 80, y + 30))
    assert not np.allclose(before, ps.get_camera_view_matrix())
    assert driver.app.focus == ""


def test_shapes_fill_the_free_part_of_the_picture(driver):
    put(driver, shape_item("cat"))
    driver.app.notices.shown.clear()
    stage = driver.window.layout().stage
    picture = driver.picture(panels=False)
    background = picture[int(stage.y) + 4, int(stage.x) + 4].astype(int)
    ink = np.abs(picture.astype(int) - background).max(axis=2) > 60
    rows, columns = np.nonzero(ink)
    assert columns.min() > stage.x and columns.max() < stage.right
    assert rows.min() > stage.y and rows.max() < stage.bottom
    assert max(np.ptp(columns) / stage.w, np.ptp(rows) / stage.h) > 0.75, "too small to see"
    assert abs((columns.min() + columns.max()) / 2 - stage.centre[0]) < 0.1 * stage.w


def test_a_panel_that_fails_becomes_a_message_and_the_rest_lives(driver, monkeypatch):
    put(driver, shape_item("cat"))
    monkeypatch.setattr(driver.app.desk, "draw", lambda app, ui: 1 / 0)
    driver.frames(5)
    assert sum("ZeroDivisionError" in notice.message for notice in driver.app.notices.log) == 1, "said once"
    driver.expect("ZeroDivisionError")
    driver.click("cat/eye")
    assert not driver.app.scene.by_label("cat").visible
    driver.key("Esc")
    assert not [n for n in driver.app.notices.shown if "undone" in n.message]


def test_a_panel_that_fails_half_way_leaves_imgui_balanced(driver, monkeypatch):
    def draw(app, ui):
        with ui.scope("a"), ui.child("b"), ui.section("c"):
            raise RuntimeError("half way")

    monkeypatch.setattr(driver.app.desk, "draw", draw)
    driver.frames(3)
    driver.expect("half way")
    monkeypatch.undo()
    driver.app.notices.shown.clear()
    driver.frames(2)
    assert driver.sees("top/search")


def test_both_themes_draw_and_differ(driver):
    put(driver, shape_item("cat"))
    light = driver.picture()
    driver.key("Ctrl+T")
    driver.frames(3)
    dark = driver.picture()
    corner = (slice(20, 30), slice(300, 310))
    assert light[corner].mean() > 200 > 60 > dark[corner].mean()
    x, y = (int(v) for v in (driver.window.layout().stage.x + 5, driver.window.layout().stage.y + 5))
    assert np.allclose(dark[y, x] / 255, DARK.stage, atol=0.02), "the background is the theme's, tone mapping undone"
    assert np.allclose(light[y, x] / 255, LIGHT.stage, atol=0.02)


@pytest.mark.parametrize("scale", [0.75, 1.5, 2.0])
def test_the_interface_scales_and_still_fits(driver, scale):
    put(driver, shape_item("cat"))
    driver.app.preferences.scale = scale
    driver.frames(3)
    place = driver.window.layout()
    assert place.stage.w > 0.3 * 1280
    for name, rect in driver.window.ui.rects.items():
        if name.startswith(("top/", "tree/")):
            assert rect.x >= 0 and rect.right <= 1280, f"{name} sticks out"
    driver.app.preferences.scale = 1.0
    driver.frames(3)


def test_the_whole_window_works_from_the_keyboard(driver):
    put(driver, shape_item("cat"))
    driver.key("Ctrl+K")
    driver.type("doctor")
    driver.key("Enter")
    assert driver.app.page == "doctor"
    for _ in range(12):
        driver.key("Tab")
        if driver.app.page != "doctor":
            break
    driver.key("Space")
    assert driver.clipboard.startswith("geomlearn") or driver.app.page == ""
    driver.key("Esc")


def test_copying_gives_what_runs(driver):
    put(driver, shape_item("cat", "builtin:sphere"))
    driver.key("E")
    driver.key("Ctrl+Shift+C")
    assert "set cat edges=true" in driver.clipboard


def test_quitting_with_unsaved_work_asks_once(driver):
    put(driver, shape_item("cat"))
    driver.key("Ctrl+Q")
    assert driver.app.page == "quit" and not driver.app.closing
    driver.click("quit/stay")
    assert driver.app.page == ""
    driver.key("Ctrl+Q")
    driver.click("quit/leave")
    assert driver.app.closing


def test_a_session_reopens_as_the_same_picture(driver, tmp_path):
    item = shape_item("cat")
    put(driver, item, basis_of(item))
    driver.key("C")
    driver.key("E")
    driver.app.notices.shown.clear()
    driver.frames(2)
    before = driver.picture(panels=False)
    driver.key("Ctrl+S")
    folder = driver.app.session_folder
    assert not driver.app.dirty
    driver.reset()
    driver.frames(2)
    assert not np.array_equal(before, driver.picture(panels=False))
    driver.drop(folder)
    driver.app.notices.shown.clear()
    driver.move(640, 5)
    driver.frames(3)
    after = driver.picture(panels=False)
    assert np.abs(before.astype(int) - after.astype(int)).mean() < 0.5
    assert driver.app.scene.by_label("cat").edges


def test_nothing_is_drawn_again_when_nothing_changed(driver):
    put(driver, shape_item("cat"))
    calls = driver.window.mirror.calls
    driver.frames(5)
    assert driver.window.mirror.calls == calls
    driver.app.do(change(driver.app.shape.id, edges=True))
    driver.frames(2)
    assert driver.window.mirror.calls == calls + 1


def test_lines_given_at_the_start_run_once_all_is_open(driver):
    driver.app.queue_lines(["set torus edges=true", "set lion edges=true"])
    driver.open("builtin:torus")
    assert driver.app.scene.of(ShapeItem)[0].edges
    driver.expect("lion")
