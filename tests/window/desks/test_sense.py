"""The sense desk: place, move by hand, read, rebuild, calibrate, learn from a film, export, undo, copy, keep."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.desks.sense import reading
from geomlearn.app.model.computed import BasisItem, FieldItem, SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.items import ReadingsItem, SensorsItem
from geomlearn.app.model.texts import as_python
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.app.window.stage.camera import projection
from geomlearn.sensing.io.sensors import read_sensors

pytestmark = pytest.mark.window


@pytest.fixture
def sphere(driver):
    """The small sphere with the sense desk open, and few modes."""
    driver.open("builtin:icosphere")
    driver.key("F5")
    desk_of(driver).choice.k = 6
    desk_of(driver).choice.options = desk_of(driver).choice.options.replace(n=12)
    driver.frames(2)
    return driver


def desk_of(driver):
    return driver.app.desks["sense"]


def press(driver, name):
    """A click on a widget of the desk, which is scrolled to where it can be seen."""
    import polyscope.imgui as imgui

    desk = driver.window.ui.rects["desk"]
    driver.move(*desk.centre)
    for _ in range(30):
        place = driver.rect(name)
        if desk.y < place.y and place.bottom < desk.bottom - 10:
            break
        imgui.GetIO().AddMouseWheelEvent(0.0, -1.0 if place.bottom > desk.bottom - 10 else 1.0)
        driver.frames(2)
    driver.click(name)


def one(driver, kind):
    return driver.app.scene.of(kind)[-1]


def placed(driver) -> SensorsItem:
    press(driver, "compute")
    driver.wait()
    return one(driver, SensorsItem)


def placed_with(driver, cost: str, weight: float = 1.0) -> SensorsItem:
    """Sensors under a cost, by the same seed."""
    choice = desk_of(driver).choice
    choice.cost, choice.options = cost, choice.options.replace(cost_weight=weight)
    driver.app.run("sense.compute")
    driver.wait()
    return one(driver, SensorsItem)


def mean_x(driver, sensors: SensorsItem) -> float:
    return float(driver.app.scene.shapes[0].shape.vertices[list(sensors.vertices), 0].mean())


def moving_field(driver, n_frames=8, seed=0):
    """A field of six modes that changes, on the stage."""
    from geomlearn.app.model.commands import Add

    basis = one(driver, BasisItem).basis
    random = np.random.default_rng(seed)
    values = random.standard_normal((n_frames, 6)) @ basis.evecs[:, :6].T * 3 + 5
    shape = driver.app.scene.shapes[0]
    item = FieldItem(label="truth", owner=shape.id, times=np.arange(float(n_frames)), values=values, names=("T",))
    driver.app.do(Add((item,), "A field"))
    driver.frames(2)
    return item


def free_vertex(driver, taken):
    """A vertex in the middle of the picture that faces the eye and has no sensor near, and where it is on screen."""
    shape = driver.app.scene.shapes[0]
    world = world_points(driver.app.scene, shape)
    screen, _ = projection().to_screen(world)
    away = np.linalg.norm(screen - np.array(driver.window.layout().stage.centre), axis=1)
    away[np.einsum("ij,ij->i", shape.unit_normals, projection().eye - world) < 0.2] = np.inf
    near = np.linalg.norm(world[:, None] - world[list(taken)][None], axis=2).min(axis=1)
    away[near < 0.06] = np.inf
    return int(away.argmin()), screen


def test_the_button_places_sensors_with_their_modes_and_shows_the_error_to_expect(sphere):
    sensors = placed(sphere)
    assert len(sensors.vertices) == 12 and sensors.k == 6 and one(sphere, BasisItem).basis.k == 6
    assert 0 < sensors.lambda_min <= 1.5 and len(sensors.noise) == sphere.app.shape.shape.n_vertices
    assert sphere.app.shape.layer.source == sensors.id and sphere.sees("lambda") and sphere.sees("legend")
    sphere.key("Ctrl+Z")
    assert not sphere.app.scene.of(SensorsItem) and sphere.app.scene.of(BasisItem), "modes were a step of their own"
    sphere.key("Ctrl+Shift+Z")
    assert one(sphere, SensorsItem).vertices == sensors.vertices


def test_fewer_sensors_than_modes_are_refused_before_anything_runs(sphere):
    desk_of(sphere).choice.k = 20
    sphere.frames(2)
    sphere.app.run("sense.compute")
    assert "12 sensors cannot determine 20 modes" in sphere.messages()
    assert not sphere.app.runner.active


def test_sensors_are_added_dragged_and_taken_away_with_the_mouse(sphere):
    sensors = placed(sphere)
    press(sphere, "by hand")
    vertex, screen = free_vertex(sphere, sensors.vertices)
    sphere.press(*screen[vertex])
    added = one(sphere, SensorsItem)
    assert added.vertices == (*sensors.vertices, vertex)
    assert added.lambda_min != sensors.lambda_min, "the promise is that of the sensors there are"
    other, screen = free_vertex(sphere, added.vertices)
    sphere.drag(tuple(screen[vertex]), tuple(screen[other]))
    moved = one(sphere, SensorsItem)
    assert moved.vertices == (*sensors.vertices, other)
    sphere.press(*screen[other])
    assert one(sphere, SensorsItem).vertices == sensors.vertices
    assert np.allclose(one(sphere, SensorsItem).noise, sensors.noise)
    for expected in (moved.vertices, added.vertices, sensors.vertices):
        sphere.key("Ctrl+Z")
        assert one(sphere, SensorsItem).vertices == expected


def test_a_painted_part_is_kept_free(sphere):
    from geomlearn.app.model.commands import Add

    shape = sphere.app.shape
    low = tuple(np.flatnonzero(shape.shape.vertices[:, 1] < 0.3).tolist())
    sphere.app.do(Add((SelectionItem(label="low", owner=shape.id, indices=low),)))
    sphere.app.focus_on(shape.id)
    press(sphere, "Demands")
    press(sphere, "Forbidden in")
    sphere.click("Forbidden in/" + one(sphere, SelectionItem).id)
    assert not set(placed(sphere).vertices) & set(low)


def test_parts_in_words_are_counted_each_and_the_script_says_so(sphere):
    press(sphere, "Demands")
    for where in ("y > 0.4", "xz: 0.2,-2 2,-2 2,2 0.2,2"):
        press(sphere, "Or the part where")
        sphere.type(where)
        sphere.key("Enter")
        sphere.frames(2)
    high, right = (set(item.indices) for item in sphere.app.scene.of(SelectionItem))
    points = sphere.app.shape.shape.vertices
    assert high == set(np.flatnonzero(points[:, 1] > 0.4)) and right == set(np.flatnonzero(points[:, 0] > 0.2))
    for words, item in zip(("Counted in", "Counted in as well"), sphere.app.scene.of(SelectionItem), strict=True):
        press(sphere, words)
        sphere.click(f"{words}/{item.id}")
    first, second = desk_of(sphere).choice.regions
    first.count, second.count = 2, 4
    press(sphere, "part 2/how/exactly")
    sensors = set(placed(sphere).vertices)
    assert len(sensors & high) <= 2 and len(sensors & right) == 4
    again: dict = {"__name__": "replayed"}
    exec(as_python(sphere.app.history.script()), again)  # the point of the test: what is copied must run
    assert again["scene"].of(SensorsItem)[-1].vertices == one(sphere, SensorsItem).vertices


def test_costly_places_are_avoided_by_a_formula_or_a_field_and_no_formula_is_told(sphere):
    press(sphere, "Demands")
    desk_of(sphere).choice.cost = "2 +"
    sphere.frames(2)
    sphere.app.run("sense.compute")
    assert "is not a formula" in sphere.messages()
    plain = placed_with(sphere, cost="")
    dear = placed_with(sphere, cost="1 + x", weight=10.0)
    assert mean_x(sphere, dear) < mean_x(sphere, plain) - 0.2
    field = moving_field(sphere)
    desk_of(sphere).choice.cost = field.id
    assert desk_of(sphere).choice.costs(sphere.app, sphere.app.shape) is not None


def test_readings_of_a_field_rebuild_it_beside_the_truth(sphere):
    placed(sphere)
    moving_field(sphere)
    sphere.click("page/Rebuild")
    desk_of(sphere).measuring.noise = 0.0
    press(sphere, "take")
    press(sphere, "rebuild")
    sphere.wait()
    (field,) = [item for item in sphere.app.scene.of(FieldItem) if "n_samples" in item.parameters]
    assert field.curves["relative error"].max() < 1e-9, "six modes determine a field of six modes"
    press(sphere, "beside")
    sphere.frames(3)
    shown = [item.label.split(" · ")[-1] for item in sphere.app.scene.of(ShapeItem) if item.visible]
    assert shown == ["icosphere", "band picture", "reference picture", "residual picture"]
    press(sphere, "single")
    assert len([item for item in sphere.app.scene.of(ShapeItem) if item.visible]) == 1


def test_few_bumps_are_found_from_fewer_readings_than_modes_and_the_script_finds_them_too(sphere, tmp_path):
    desk = desk_of(sphere)
    desk.choice.k = 40
    points = sphere.app.shape.shape.vertices
    at = np.random.default_rng(0).permutation(len(points))[:25]
    bump = np.exp(-20 * ((points[at] - points[100]) ** 2).sum(axis=1))
    lines = [f"{vertex},{value}" for vertex, value in zip(at, bump, strict=True)]
    (tmp_path / "readings.csv").write_text("vertex,value\n" + "\n".join(lines))
    sphere.click("page/Rebuild")
    desk.measuring.path = str(tmp_path / "readings.csv")
    press(sphere, "load")
    sphere.wait()
    sphere.app.run("sense.rebuild")
    assert "25 readings cannot determine 40 modes" in sphere.messages()
    desk.measuring.solver = "sparse"
    desk.measuring.bumps = desk.measuring.bumps.replace(penalty="top-k", activity=0.05)
    sphere.frames(2)
    press(sphere, "rebuild")
    sphere.wait()
    field = one(sphere, FieldItem)
    assert field.parameters["method"] == "sparse, top-k"
    again: dict = {"__name__": "replayed"}
    exec(as_python(sphere.app.history.script()), again)  # the point of the test: what is copied must run
    assert np.allclose(again["scene"].of(FieldItem)[-1].values, field.values)


def test_noise_widens_the_band_and_the_truth_lies_inside(sphere):
    placed(sphere)
    moving_field(sphere, 40)
    sphere.click("page/Rebuild")
    desk_of(sphere).measuring.noise = 0.05
    press(sphere, "take")
    press(sphere, "rebuild")
    sphere.wait()
    field = next(item for item in sphere.app.scene.of(FieldItem) if "n_samples" in item.parameters)
    assert 0.01 < np.median(field.curves["relative error"]) < 0.5
    assert field.curves["inside the band"].mean() > 0.9
    press(sphere, "shown/band")
    assert sphere.app.scene[sphere.app.shape.layer.source].role == "band"


def test_a_file_of_measurements_is_read_and_a_bad_one_told(sphere, tmp_path):
    sensors = placed(sphere)
    truth = moving_field(sphere, 3)
    sphere.click("page/Rebuild")
    np.savetxt(tmp_path / "snapshots.csv", truth.values[:, list(sensors.vertices)], delimiter=",")
    desk_of(sphere).measuring.path = str(tmp_path / "snapshots.csv")
    press(sphere, "load")
    sphere.wait()
    readings = one(sphere, ReadingsItem)
    assert readings.sensors == sensors.id and readings.values.shape == (12, 3)
    (tmp_path / "other.csv").write_text("1,2,3\n")
    desk_of(sphere).measuring.path = str(tmp_path / "other.csv")
    press(sphere, "Other readings")
    press(sphere, "load")
    sphere.wait()
    sphere.expect("3 readings a snapshot, there are 12 sensors")


def test_readings_that_cannot_be_are_sentences_and_nothing_is_lost(sphere, tmp_path):
    placed(sphere)
    sphere.click("page/Rebuild")
    partly = np.random.default_rng(0).standard_normal((4, 12))
    partly[1, 3] = np.nan
    cases = {
        "partly": (partly, "sense.rebuild", "Reading 3 is not a number in some snapshots"),
        "zero": (np.zeros((4, 12)), "sense.calibrate", "All readings are zero or missing"),
    }
    for name, (snapshots, action, sentence) in cases.items():
        np.savetxt(tmp_path / f"{name}.csv", snapshots, delimiter=",")
        desk_of(sphere).measuring.path = str(tmp_path / f"{name}.csv")
        reading.load(sphere.app, sphere.app.shape, desk_of(sphere).measuring.path)
        sphere.wait()
        before = sphere.app.scene
        sphere.app.run(action)
        sphere.wait()
        sphere.expect(sentence)
        assert sphere.app.scene is before
    (tmp_path / "far.csv").write_text("x,y,z,value\n9,0,0,1\n")
    reading.load(sphere.app, sphere.app.shape, str(tmp_path / "far.csv"))
    sphere.wait()
    sphere.expect("lie off icosphere")
    assert sphere.app.scene is before


def test_gains_are_found_shown_as_bars_and_divided_out(sphere, tmp_path):
    sensors = placed(sphere)
    moving_field(sphere, 12)
    sphere.click("page/Rebuild")
    desk_of(sphere).measuring.noise, desk_of(sphere).measuring.gain_spread = 0.0, 0.3
    press(sphere, "take")
    sphere.click("page/Calibrate")
    press(sphere, "calibrate")
    sphere.wait()
    gains = np.array(one(sphere, SensorsItem).gains)
    read = one(sphere, ReadingsItem).values / one(sphere, FieldItem).values[:, list(sensors.vertices)].T
    assert np.ptp(gains) > 0.2
    assert np.allclose(gains / gains.mean(), read[:, 0] / read[:, 0].mean(), rtol=1e-6)
    assert sphere.sees("gains")
    sphere.click("page/Rebuild")
    press(sphere, "rebuild")
    sphere.wait()
    field = next(item for item in sphere.app.scene.of(FieldItem) if "n_samples" in item.parameters)
    truth = next(item for item in sphere.app.scene.of(FieldItem) if item.label == "truth")
    ratio = field.values / truth.values
    assert np.ptp(ratio) < 1e-6 * ratio.mean(), "right up to the one factor that no reading can tell"


def test_modes_are_learned_while_a_film_plays(sphere):
    placed(sphere)
    film = moving_field(sphere, 30)
    from geomlearn.app.model.commands import change
    from geomlearn.app.model.items import Layer

    shape = sphere.app.scene.shapes[0]
    sphere.app.do(change(shape.id, layer=Layer(source=film.id)))
    sphere.click("page/Film")
    press(sphere, "watch")
    sphere.key("Space")
    panel = desk_of(sphere).film
    sphere.until(lambda: len(panel.gaps) > 3, 30)
    sphere.key("Space")
    press(sphere, "modes")
    modes = one(sphere, FieldItem)
    assert modes.names == ("mode of T",) and len(modes.times) == 6
    assert modes.parameters["moments_seen"] == len(panel.frames) - len(panel.frames) % 5
    sphere.app.run("edit.copy-last")
    assert "show_film_modes" in sphere.clipboard


def test_other_modes_computed_meanwhile_do_not_disturb_what_a_film_teaches(sphere):
    from geomlearn.app.model.commands import Add
    from geomlearn.app.model.items import Layer

    placed(sphere)
    field = moving_field(sphere, 12)
    panel, shape, first = desk_of(sphere).film, sphere.app.shape, one(sphere, BasisItem)
    panel._begin(field.id)
    for frame in range(6):
        panel._learn(sphere.app.scene, field, frame)
    fewer = first.replace(id="other", label="other", basis=first.basis.truncated(4))
    sphere.app.do(Add((fewer,), "Other modes", layers={shape.id: Layer(source=field.id)}))
    for frame in range(6, 12):
        panel._learn(sphere.app.scene, field, frame)
    assert panel.basis == first.id and len(panel.frames) == 12
    panel.put(sphere.app)
    assert len(one(sphere, FieldItem).times) == 6
    without = sphere.app.scene.without(first.id)
    panel._learn(without, without[field.id], 3)
    assert panel.basis == "other" and panel.frames == [3], "in four modes it begins anew"


def test_sensors_are_exported_and_a_session_brings_all_back(sphere, tmp_path):
    sensors = placed(sphere)
    press(sphere, "Export")
    desk_of(sphere)._export._typed = str(tmp_path / "sensors.csv")
    press(sphere, "export sensors/export")
    sphere.wait()
    written = read_sensors(tmp_path / "sensors.csv")
    assert tuple(written.vertices) == sensors.vertices and np.allclose(written.weights, sensors.weights)
    save_session(sphere.app, str(tmp_path / "day"), "")
    open_session(sphere.app, str(tmp_path / "day"))
    again = one(sphere, SensorsItem)
    assert again.vertices == sensors.vertices and again.id == sensors.id and desk_of(sphere).choice.k == 6


def test_what_is_copied_makes_the_same_again(sphere, tmp_path):
    from geomlearn.shapes.builtin import builtin
    from geomlearn.shapes.io import write_shape

    sphere.reset()
    sphere.open(write_shape(tmp_path / "ball.off", builtin("icosphere", 500, 0)))
    sphere.key("F5")
    desk = desk_of(sphere)
    desk.choice.k, desk.choice.options = 5, desk.choice.options.replace(n=8, law="qdeim")
    sphere.frames(2)
    sensors = placed(sphere)
    press(sphere, "by hand")
    vertex, screen = free_vertex(sphere, sensors.vertices)
    sphere.press(*screen[vertex])
    moved = one(sphere, SensorsItem)
    assert len(moved.vertices) == 9
    sphere.app.run("edit.copy-last")
    program = sphere.clipboard.partition("\n")[2].partition("\nif __name__")[0]
    names: dict = {}
    exec(program, names)  # the point of the test: what is copied must run
    (made,) = names["scene"].of(SensorsItem)
    assert made.vertices == moved.vertices and np.array_equal(made.weights, moved.weights)
    assert np.array_equal(made.noise, moved.noise)
