"""The whole story: two files dropped, spectra, a correspondence, where it is wrong, undo, export, and back next day."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import COLORS, VERDICT, MatchItem
from geomlearn.app.window.files import ways
from geomlearn.matching.io.maps import read_map
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import write_shape
from geomlearn.spectral.basis_files import read_basis
from tests.window.driver import SIZE

pytestmark = pytest.mark.window
NAMES = ("biped-tall-walk", "biped-tall-reach")
N = 700


@pytest.fixture
def tall(driver):
    """A window tall enough for every section of a desk."""
    ps.set_window_size(1280, 1500)
    driver.frames(2)
    yield driver
    ps.set_window_size(*SIZE)
    driver.frames(2)


def test_from_two_files_to_a_session_reopened(tall, tmp_path):
    paths = [write_shape(tmp_path / f"{name}.off", builtin(name, N)) for name in NAMES]
    tall.app.desks["match"].options["match"] = MatchOptions(method="bijective-zoomout", n_candidates=1, k_end=60)
    _spectra_and_match(tall, paths)
    _see_where_it_is_wrong_and_undo(tall)
    written = _export(tall, tmp_path)
    assert len(read_basis(written["basis"]).evals) == 100
    found = read_map(written["map"], n_source=N, n_target=N)
    truth = ground_truth(*NAMES, n_vertices_a=N, n_vertices_b=N)
    off = np.linalg.norm(tall.app.scene.by_label(NAMES[1]).unit_vertices[found.map_ab] - _unit(tall, 1)[truth], axis=1)
    assert np.median(off) < 0.05, "the map that was written is the correspondence"
    _reopen(tall)


def _unit(driver, number):
    return driver.app.scene.of(ShapeItem)[number].unit_vertices


def _spectra_and_match(driver, paths):
    assert driver.sees("welcome/open"), "an empty window says what to do"
    driver.drop(paths[0])
    driver.click("steps/Spectrum")
    driver.wait()
    driver.drop(paths[1])
    driver.key("S")
    driver.wait()
    assert [basis.basis.k for basis in driver.app.scene.of(BasisItem)] == [100, 100]
    driver.key("Right")
    assert driver.app.shape.layer.column == 2 and driver.sees("legend")
    driver.key("M")
    driver.wait()
    (match,) = driver.app.scene.of(MatchItem)
    assert match.map_ab.shape == match.map_ba.shape == (N,)


def _see_where_it_is_wrong_and_undo(driver):
    driver.click("desk/match")
    driver.frames(2)
    columns = [shape.layer.column for shape in driver.app.scene.of(ShapeItem)]
    driver.click("Verdict/bijectivity/show")
    assert driver.app.scene.of(ShapeItem)[0].layer.column == VERDICT
    assert driver.sees("legend")
    driver.key("Ctrl+Z")
    assert [shape.layer.column for shape in driver.app.scene.of(ShapeItem)] == columns == [COLORS, COLORS]


def _export(driver, folder):
    # Folded away, the matrix leaves the room that the export needs.
    driver.click("match/Map matrix C")
    driver.click("match/Export")
    driver.click("export map/export")
    driver.wait()
    driver.click("desk/spectrum")
    driver.frames(2)
    driver.click("spectrum/Export")
    driver.click("export basis/export")
    driver.wait()
    driver.click("spectrum/Export")
    # The working folder of the test is where files are offered to be written.
    made = {path.suffix: path for path in folder.iterdir() if path.suffix in (".txt", ".npz")}
    return {"map": made[".txt"], "basis": made[".npz"]}


def _reopen(driver):
    driver.click("desk/match")
    driver.app.notices.shown.clear()
    driver.move(640, 5)
    driver.frames(3)
    before = driver.picture(panels=False)
    driver.key("Ctrl+S")
    labels, folder = [item.label for item in driver.app.scene], driver.app.session_folder
    driver.reset()
    assert not driver.app.scene.items
    driver.drop(folder)
    assert [item.label for item in driver.app.scene] == labels and driver.app.desk.key == "match"
    driver.app.notices.shown.clear()
    driver.move(640, 5)
    driver.frames(3)
    assert np.abs(before.astype(int) - driver.picture(panels=False)).mean() < 0.5, "the same picture next day"


def test_plain_geomlearn_shows_three_shapes_and_four_verbs(driver, monkeypatch):
    assert len(set(ways.SAMPLES)) == 3
    # What the built-in creatures look like is tested where they are made.
    monkeypatch.setattr(ways, "SAMPLES", ("builtin:icosphere",) * 3)
    ways.open_samples(driver.app)
    driver.wait()
    assert len(driver.app.scene.of(ShapeItem)) == 3
    assert [driver.sees(f"steps/{verb}") for verb in ("Open", "Spectrum", "Match", "Solve")] == [True] * 4
    stage, steps = driver.window.layout().stage, driver.window.layout().steps
    assert not stage.overlaps(steps)
