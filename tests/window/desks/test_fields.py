"""The fields desk: choose, solve, cancel, play, hold against a reference, export, undo, keep."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.desks.fields.reference import SOLVE
from geomlearn.app.desks.fields.solving import needs_start
from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.place import in_row, world_points
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.app.window.stage.camera import projection
from geomlearn.operators.fields.field_files import read_field

pytestmark = pytest.mark.window


@pytest.fixture
def sphere(driver):
    """The small sphere with the fields desk open, and few steps."""
    driver.open("builtin:icosphere")
    driver.key("F3")
    desk = desk_of(driver)
    desk.solving.options["heat"] = desk.solving.options["heat"].replace(duration=0.1, time_step=0.01, save_every=1)
    driver.frames(2)
    return driver


def desk_of(driver):
    return driver.app.desks["fields"]


def fields(driver):
    return driver.app.scene.of(FieldItem)


def solve(driver):
    driver.key("R")
    driver.wait()
    return fields(driver)[-1]


def shown(driver):
    """What is on the stage from left to right, as role and frame."""
    scene = driver.app.scene
    found = [(scene[shape.layer.source], shape.layer) for shape in in_row(scene) if shape.visible and shape.layer]
    return [(field.role, field.frame(layer.column)) for field, layer in found]


def test_one_key_solves_and_shows_the_first_moment_with_its_curves(sphere):
    field = solve(sphere)
    assert len(field.times) == 11 and shown(sphere) == [("solution", 0)]
    assert np.all(np.diff(field.curves["energy"]) < 0), "heat only loses energy"
    assert np.ptp(field.curves["total"]) < 1e-9 * field.curves["total"][0], "and no mass"
    assert sphere.sees("curve energy") and sphere.sees("legend") and sphere.sees("moment")
    assert field.parameters["sentence"].startswith("Reached t = 0.1 after 10 steps")


def test_a_click_on_the_shape_sets_the_source(sphere):
    sphere.key("P")
    shape = sphere.app.shape
    screen, _ = projection().to_screen(world_points(sphere.app.scene, shape))
    facing = np.abs(screen - np.array(sphere.window.layout().stage.centre)).sum(axis=1)
    world, eye = world_points(sphere.app.scene, shape), projection().eye
    facing[np.einsum("ij,ij->i", shape.unit_normals, eye - world) < 0] = np.inf
    wanted = int(facing.argmin())
    sphere.press(*screen[wanted])
    assert desk_of(sphere).solving.start.vertex == (wanted,) and not desk_of(sphere).solving.picking
    field = solve(sphere)
    assert field.values[0].argmax() == wanted
    assert "--vertex" in sphere.app.history.now.script.shell


def test_a_formula_and_a_file_are_sources_and_a_bad_one_is_told_before(sphere, tmp_path):
    desk = desk_of(sphere)
    sphere.click("from/formula")
    sphere.click("example x")
    field = solve(sphere)
    x = sphere.app.shape.shape.vertices[:, 0]
    assert np.allclose(field.values[0], x)
    sphere.click("page/Solve")
    desk.solving.start = desk.solving.start.__class__(mode="formula", expression="x +* y")
    sphere.key("R")
    assert len(fields(sphere)) == 1 and needs_start(sphere.app, desk.solving) in sphere.messages()
    np.savetxt(tmp_path / "values.txt", x**2)
    desk.solving.start = desk.solving.start.__class__(mode="file", values_file=str(tmp_path / "values.txt"))
    assert np.allclose(solve(sphere).values[0], x**2)


@pytest.mark.parametrize("equation", ["poisson", "allen-cahn", "gray-scott"])
def test_the_other_equations_run_from_their_usual_start(sphere, equation):
    desk = desk_of(sphere)
    desk.solving.equation = equation
    if equation != "poisson":
        desk.solving.options[equation] = desk.solving.options[equation].replace(
            duration=0.05 if equation == "allen-cahn" else 20.0
        )
    field = solve(sphere)
    assert np.isfinite(field.values).all() and field.parameters["method"] == equation
    if equation == "gray-scott":
        sphere.click("component/v")
        assert field.component(sphere.app.shape.layer.column) == 1


def test_cancelling_keeps_the_frames_so_far_and_the_next_run_works(sphere):
    desk = desk_of(sphere)
    quick = desk.solving.options["heat"]
    desk.solving.options["heat"] = quick.replace(duration=100.0, time_step=1e-3, save_every=20)
    sphere.key("R")
    sphere.until(lambda: any(job.fraction > 0.051 for job in sphere.app.runner.active), 60)
    sphere.click("cancel")
    sphere.until(lambda: not sphere.app.busy(SOLVE), 5)
    sphere.wait()
    (field,) = fields(sphere)
    assert 1 < len(field.times) < 4000 and field.parameters["status"] == "cancelled"
    sphere.expect("What it had by then is on the stage.")
    desk.solving.options["heat"] = quick
    assert len(solve(sphere).times) == 11


def test_slider_play_and_curve_walk_through_time_as_one_step_in_place(sphere, monkeypatch):
    solve(sphere)
    registered: list[object] = []
    monkeypatch.setattr("polyscope.SurfaceMesh.add_scalar_quantity", lambda *args, **kwargs: registered.append(args))
    before, calls = len(sphere.app.history), sphere.window.mirror.calls
    track = sphere.rect("moment")
    sphere.press(track.x + 0.5 * track.w, track.centre[1])
    assert shown(sphere)[0][1] in (4, 5, 6)
    plot = sphere.rect("curve energy")
    sphere.press(plot.x + 0.9 * plot.w, plot.y + 0.3 * plot.h)
    assert shown(sphere)[0][1] in (8, 9, 10)
    sphere.key("Space")
    start = shown(sphere)[0][1]
    sphere.until(lambda: shown(sphere)[0][1] not in (start, (start + 1) % 11), 5)
    sphere.key("Space")
    assert not sphere.window.player.playing
    assert len(sphere.app.history) == before + 1, "one step, however long one looks"
    assert sphere.window.mirror.calls > calls
    assert registered == [], "only the numbers of the layer were replaced"
    sphere.key("Ctrl+Z")
    assert shown(sphere) == [("solution", 0)]


def test_a_finer_reference_stands_beside_the_solution_with_the_residual(sphere):
    solve(sphere)
    sphere.click("page/Compare")
    sphere.click("finer")
    sphere.wait()
    roles = [role for role, _ in shown(sphere)]
    assert roles == ["input", "solution", "reference", "residual"]
    residual = next(item for item in fields(sphere) if item.role == "residual")
    assert not residual.parameters["interpolated"], "the finer one has frames at the same times"
    assert 0 < residual.curves["relative error"][-1] < 0.05
    assert sphere.sees("curve relative error")
    sphere.key("Space")
    sphere.until(lambda: dict(shown(sphere))["residual"] > 1, 10)
    sphere.key("Space")
    frames = dict(shown(sphere))
    assert frames["solution"] == frames["reference"] == frames["residual"] and frames["input"] == 0
    sphere.click("single")
    assert [role for role, _ in shown(sphere)] == ["solution"]
    sphere.key("Ctrl+Z")
    assert len(shown(sphere)) == 4


def test_a_basis_gives_a_reference_without_any_time_step(sphere):
    sphere.app.desks["spectrum"].options = sphere.app.desks["spectrum"].options.replace(k=60)
    sphere.key("S")
    sphere.wait()
    assert sphere.app.scene.of(BasisItem)
    desk_of(sphere).solving.start = desk_of(sphere).solving.start.__class__(mode="formula", expression="x*y + z")
    sphere.key("F3")
    solve(sphere)
    sphere.click("page/Compare")
    sphere.click("from basis")
    sphere.wait()
    residual = next(item for item in fields(sphere) if item.role == "residual")
    assert residual.curves["relative error"].max() < 0.02


def test_a_dropped_field_is_a_reference_and_hovering_lights_all_pictures(sphere, tmp_path):
    from geomlearn.app.model.fields import series_of
    from geomlearn.operators.fields.field_files import write_field

    write_field(tmp_path / "kept.npz", series_of(solve(sphere)))
    sphere.drop(tmp_path / "kept.npz")
    sphere.app.focus_on(fields(sphere)[0].id)
    sphere.key("B")
    sphere.frames(3)
    residual = next(item for item in fields(sphere) if item.role == "residual")
    assert not residual.values.any()
    shape = next(item for item in sphere.app.scene.of(ShapeItem) if item.beside == 2)
    screen, _ = projection().to_screen(world_points(sphere.app.scene, shape))
    sphere.move(*screen.mean(axis=0))
    sphere.frames(2)
    assert sphere.app.hit is not None and sphere.app.hit.shape_id == shape.id
    assert len(desk_of(sphere).hover(sphere.app, sphere.app.hit)) == 4


def test_the_field_is_exported_by_clicking(sphere, tmp_path):
    field = solve(sphere)
    sphere.click("page/Export")
    desk_of(sphere)._export._typed = str(tmp_path / "heat")
    for suffix in (".npz", ".pvd"):
        sphere.click(f"format/{suffix}")
        sphere.click("export field/export")
        sphere.wait()
        assert np.allclose(read_field(tmp_path / f"heat{suffix}").values, field.values)
    sphere.expect("Wrote")


def test_a_session_brings_the_comparison_back(sphere, tmp_path):
    solve(sphere)
    sphere.click("page/Compare")
    sphere.click("input")
    sphere.frames(2)
    before = shown(sphere)
    assert [role for role, _ in before] == ["input", "solution"]
    assert save_session(sphere.app, str(tmp_path / "day"), "")
    sphere.reset()
    open_session(sphere.app, str(tmp_path / "day"))
    sphere.frames(3)
    assert shown(sphere) == before
    assert desk_of(sphere).solving.options["heat"].duration == 0.1
    assert sphere.app.shape.label == "icosphere" and sphere.app.shape.twin_of == ""


def test_what_is_copied_as_python_makes_the_same_scene(sphere):
    solve(sphere)
    sphere.click("page/Compare")
    sphere.click("finer")
    sphere.wait()
    sphere.key("Ctrl+Shift+C")
    names: dict = {}
    exec(sphere.clipboard, names)  # the point of the test: what is copied must run
    assert [item.label for item in names["scene"]] == [item.label for item in sphere.app.scene]


def test_open_options_are_typed_emptied_and_a_contradiction_gives_way(sphere):
    desk = desk_of(sphere)
    sphere.click("duration [time]")
    sphere.key("Ctrl+A")
    sphere.type("0.25")
    assert desk.solving.options["heat"].duration == 0.25
    for _ in "0.25":
        sphere.key("Backspace")
    assert desk.solving.options["heat"].duration is None, "empty means automatic"
    from geomlearn.app.window.ui.forms import _instead

    held = desk.solving.options["heat"].replace(boundary="dirichlet", boundary_values="x")
    freed = _instead(held, "boundary", "neumann")
    assert (freed.boundary, freed.boundary_values) == ("neumann", "0")
