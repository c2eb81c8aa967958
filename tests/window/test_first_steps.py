"""Empty states, the verbs at the foot of the stage, and the page that opens files."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.shapes.io import write_shape
from tests.model.scenes import basis_of, octahedron, shape_item

pytestmark = pytest.mark.window


def test_the_verbs_say_why_not_and_leave_with_the_first_result(driver):
    assert driver.sees("steps/Open")
    for verb in ("Spectrum", "Match", "Solve"):
        driver.click(f"steps/{verb}")
    assert not driver.app.runner.active, "there is nothing to work on yet"
    item = shape_item("cat")
    driver.app.do(Add((item,)))
    driver.frames(2)
    high = driver.window.layout().stage.h
    driver.app.do(Add((basis_of(item),)))
    driver.frames(2)
    assert not driver.sees("steps/Open") and driver.window.layout().stage.h > high


def test_every_desk_that_needs_a_shape_says_so_when_the_stage_is_empty(driver):
    """Training needs none: it makes its data."""
    for key in set(driver.app.desks) - {"learn"}:
        driver.app.show_desk(key)
        driver.frames(2)
        assert driver.app.actions[f"{key}.compute"].when(driver.app), f"{key} must say what is missing"


def test_a_folder_leads_on_to_what_is_in_it(driver, tmp_path):
    (tmp_path / "inner").mkdir()
    write_shape(tmp_path / "inner" / "eight.off", octahedron())
    driver.key("Ctrl+O")
    driver.type(str(tmp_path / "inner"))
    driver.key("Enter")
    driver.frames(3)
    assert driver.app.page == "path"
    driver.click(str(tmp_path / "inner" / "eight.off"))
    driver.wait()
    assert [item.label for item in driver.app.scene] == ["eight"]


def test_a_click_beside_a_page_closes_it(driver):
    driver.key("H")
    driver.press(*driver.rect("keys").centre)
    assert driver.app.page == "keys"
    driver.press(30, 770)
    assert driver.app.page == ""


def test_built_in_shapes_are_offered_where_nothing_is_recent(driver):
    driver.key("Ctrl+O")
    driver.frames(2)
    assert driver.sees("builtin:biped-tall-walk")
    driver.key("Esc")


def test_a_kept_view_comes_back_with_a_click(driver):
    driver.app.do(Add((shape_item("cat"),)))
    driver.app.run("view.right")
    driver.frames(2)
    kept = ps.get_camera_view_matrix()
    driver.key("Ctrl+M")
    driver.app.run("view.top")
    driver.frames(2)
    assert not np.allclose(kept, ps.get_camera_view_matrix(), atol=1e-3)
    driver.click("View/row")
    driver.frames(2)
    assert np.allclose(kept, ps.get_camera_view_matrix(), atol=1e-3)


def test_two_hundred_undos_and_redos_leave_nothing_behind(driver):
    item = shape_item("cat")
    driver.app.do(Add((item, basis_of(item))))
    driver.key("C")
    history, drawn = len(driver.app.history), driver.window.mirror
    for _ in range(200):
        driver.app.undo()
        drawn.sync(driver.app.scene)
        driver.app.redo()
        drawn.sync(driver.app.scene)
    assert len(driver.app.history) == history
    assert ps.get_surface_mesh(item.id).n_faces() == 8 and len(drawn._shapes) == 1
    assert len(driver.app.notices.shown) <= 5, "the news are counted, not piled up"


def test_a_session_is_saved_under_another_name_but_not_over_something_else(driver, tmp_path):
    driver.app.do(Add((shape_item("cat"),)))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("precious")
    driver.key("Ctrl+Shift+S")
    driver.key("Ctrl+A")
    driver.type(str(tmp_path / "taken"))
    driver.key("Enter")
    driver.expect("taken is there already")
    assert driver.app.page == "save" and driver.app.dirty
    driver.key("Esc")
    driver.key("Ctrl+Shift+S")
    driver.click("save/save")
    assert driver.app.page == "" and not driver.app.dirty
    assert (tmp_path / driver.app.session_folder / "session.json").exists()
