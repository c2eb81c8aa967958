"""The spectrum desk: compute, cancel, walk, compare, rebuild, export."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.desks.spectrum.comparison import align_signs
from geomlearn.app.desks.spectrum.desk import COMPUTE
from geomlearn.app.desks.spectrum.modes import show_mode
from geomlearn.app.model import history
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.window.panels.overlays import Overlays

pytestmark = pytest.mark.window


@pytest.fixture
def sphere(driver):
    """The small sphere with a desk that asks for few modes."""
    driver.open("builtin:icosphere")
    desk = driver.app.desks["spectrum"]
    desk.options = desk.options.replace(k=12)
    driver.frames(2)
    return driver


def bases(driver):
    return driver.app.scene.of(BasisItem)


def compute(driver):
    driver.key("S")
    driver.wait()


def shown(driver):
    return driver.app.shape.layer.column


def test_the_empty_desk_says_the_next_step(driver):
    driver.frames(2)
    assert driver.app.actions["spectrum.compute"].when(driver.app)
    driver.key("S")
    driver.expect("no shape on the stage")


def test_one_key_computes_and_shows_the_first_mode(sphere):
    compute(sphere)
    (basis,) = bases(sphere)
    assert basis.basis.k == 12
    assert np.allclose(basis.basis.evals[1:4], 2.0, rtol=0.01), "the sphere's l(l+1) at l = 1"
    assert (sphere.app.shape.layer.source, shown(sphere)) == (basis.id, 1)
    assert sphere.sees("legend")
    assert sphere.app.history.now.title == "12 modes of icosphere"


def test_arrows_slider_and_plot_walk_the_modes_as_one_step(sphere, monkeypatch):
    # On a busy machine the keys come slowly.
    monkeypatch.setattr(history, "MERGE_S", 60.0)
    compute(sphere)
    steps = len(sphere.app.history)
    for _ in range(3):
        sphere.key("Right")
    sphere.key("Left")
    assert shown(sphere) == 3
    sphere.click("Modes/next")
    assert shown(sphere) == 4
    assert len(sphere.app.history) <= steps + 2
    sphere.key("Ctrl+Z")
    assert shown(sphere) == 1


def test_a_click_on_the_eigenvalue_plot_shows_that_mode(sphere):
    compute(sphere)
    # News above it may push it out of sight until they fade.
    sphere.until(lambda: sphere.sees("eigenvalues"))
    plot = sphere.rect("eigenvalues")
    sphere.press(plot.x + 0.7 * plot.w, plot.y + 0.4 * plot.h)
    assert 4 <= shown(sphere) <= 11


def test_the_mode_on_the_shape_has_both_colours_of_its_map(sphere):
    compute(sphere)
    # Of degree 3, it has both signs on any half of the sphere.
    show_mode(sphere.app, bases(sphere)[0], 10)
    sphere.frames(2)
    stage = sphere.window.layout().stage
    picture = sphere.picture(panels=False).astype(int)
    inside = picture[int(stage.y) : int(stage.bottom), int(stage.x) : int(stage.right)]
    blue, red = inside[..., 2] - inside[..., 0], inside[..., 0] - inside[..., 2]
    assert (blue > 50).sum() > 300 and (red > 50).sum() > 300


def test_cancelling_leaves_no_basis_and_the_next_run_works(sphere):
    desk = sphere.app.desks["spectrum"]
    desk.options = desk.options.replace(k=900, tolerance=1e-12, seed=7)
    sphere.key("S")
    sphere.until(lambda: sphere.app.busy(COMPUTE))
    sphere.frames(2)
    assert sphere.sees("cancel")
    sphere.click("cancel")
    sphere.until(lambda: not sphere.app.busy(COMPUTE), 5.0)
    sphere.wait()
    assert not bases(sphere)
    sphere.expect("Cancelled: 900 modes of icosphere.")
    desk.options = desk.options.replace(k=12, tolerance=1e-8)
    compute(sphere)
    assert len(bases(sphere)) == 1


def test_flipping_a_sign_is_undoable_and_reaches_the_export(sphere):
    compute(sphere)
    before = bases(sphere)[0]
    sphere.key("X")
    (basis,) = bases(sphere)
    assert basis.flipped == (1,)
    assert np.array_equal(basis.signed().evecs[:, 1], -before.basis.evecs[:, 1])
    sphere.key("Ctrl+Z")
    assert bases(sphere)[0].flipped == ()


def test_two_bases_are_compared_and_their_signs_aligned(sphere):
    compute(sphere)
    desk = sphere.app.desks["spectrum"]
    desk.options = desk.options.replace(laplacian="robust")
    compute(sphere)
    first, second = bases(sphere)
    desk.other = first.id
    sphere.frames(2)
    sphere.wait()
    result = desk.comparisons[(second.id, first.id)]
    assert result.overlaps[8] > 0.99, "degrees 0 to 2 of the sphere, whichever Laplacian"
    align_signs(sphere.app, second, first, result)
    aligned = sphere.app.scene[first.id]
    signs = np.array([aligned.sign(mode) for mode in range(12)])
    assert (signs * result.products >= 0).all()


def test_the_shape_is_rebuilt_from_its_first_modes_and_comes_back(sphere):
    import polyscope as ps

    from geomlearn.app.model.commands import change
    from geomlearn.app.model.view.drawn import drawn_vertices

    compute(sphere)
    basis, shape = bases(sphere)[0], sphere.app.shape
    sphere.app.do(change(shape.id, rebuilt_from=basis.id, rebuilt_k=4))
    calls = sphere.window.mirror.calls
    sphere.frames(2)
    assert sphere.window.mirror.calls == calls + 1, "in place, nothing registered anew"
    rebuilt = drawn_vertices(sphere.app.scene, sphere.app.shape)
    assert np.abs(rebuilt - shape.unit_vertices).max() < 0.02, "coordinates of a sphere are its modes 1 to 3"
    assert ps.get_surface_mesh(shape.id).n_vertices() == shape.shape.n_vertices
    sphere.key("Ctrl+Z")
    assert sphere.app.shape.rebuilt_k == 0


def test_the_basis_is_exported_and_never_over_another_file(sphere, tmp_path):
    from geomlearn.spectral.basis_files import read_basis

    compute(sphere)
    desk, basis = sphere.app.desks["spectrum"], bases(sphere)[0]
    args = (basis.signed(), sphere.app.shape.shape)
    desk._export._typed = str(tmp_path / "out.npz")
    from geomlearn.app.model.texts import Script

    desk._export.write(sphere.app, args, Script("geomlearn basis builtin:icosphere --k 12 -o PATH"))
    sphere.wait()
    assert np.array_equal(read_basis(tmp_path / "out.npz").evals, basis.basis.evals)
    assert str(tmp_path / "out.npz") in sphere.app.history.script().shell
    (tmp_path / "out.npz").write_text("precious")
    desk._export.write(sphere.app, args, Script())
    sphere.wait()
    assert (tmp_path / "out.npz").read_text() == "precious"
    sphere.expect("out.npz exists already.")
    sphere.frames(2)
    sphere.click("Overwrite")
    sphere.wait()
    assert np.array_equal(read_basis(tmp_path / "out.npz").evals, basis.basis.evals)


def test_an_exported_basis_drops_back_onto_its_shape(sphere, tmp_path):
    from geomlearn.spectral.basis_files import write_basis

    compute(sphere)
    write_basis(tmp_path / "kept.npz", bases(sphere)[0].basis)
    sphere.drop(tmp_path / "kept.npz")
    assert [basis.label for basis in bases(sphere)][-1] == "kept"
    assert sphere.app.shape.layer.source == bases(sphere)[-1].id


def test_a_basis_that_fits_nothing_is_a_sentence(driver, tmp_path):
    from geomlearn.spectral.basis_files import write_basis
    from tests.model.scenes import basis_of, shape_item

    write_basis(tmp_path / "six.npz", basis_of(shape_item()).basis)
    driver.open("builtin:icosphere")
    driver.drop(tmp_path / "six.npz")
    driver.expect("no shape on the stage has so many")
    assert not bases(driver)


def test_a_worker_killed_from_outside_is_a_sentence(sphere):
    desk = sphere.app.desks["spectrum"]
    desk.options = desk.options.replace(k=900, tolerance=1e-12, seed=8)
    sphere.key("S")
    sphere.until(lambda: sphere.app.busy(COMPUTE))
    sphere.app.runner._workers["main"].process.kill()
    sphere.wait()
    sphere.expect("The worker process was ended from outside")
    desk.options = desk.options.replace(k=12, tolerance=1e-8)
    compute(sphere)
    assert len(bases(sphere)) == 1


def test_what_is_copied_as_python_makes_the_same_scene(sphere):
    compute(sphere)
    sphere.key("Right")
    sphere.key("Ctrl+Shift+C")
    names: dict = {}
    exec(sphere.clipboard, names)  # the point of the test: what is copied must run
    scene = names["scene"]
    (basis,) = scene.of(BasisItem)
    assert np.array_equal(basis.basis.evecs, bases(sphere)[0].basis.evecs)
    assert scene.by_label("icosphere").layer.column == 2


def test_overlays_know_every_page():
    assert set(Overlays()._pages()) == {"search", "keys", "path", "save", "quit", "doctor", "picture", "rename"}


def test_the_button_says_how_long_it_will_take(sphere):
    sphere.app.preferences.rates[COMPUTE] = 10.0 / (12 * sphere.app.shape.shape.n_vertices)
    sphere.frames(2)
    options = sphere.app.desks["spectrum"].options
    assert sphere.app.will_take(COMPUTE, sphere.app.shape.shape, options) == " · about 10 s"
    compute(sphere)
    assert sphere.app.preferences.rates[COMPUTE] > 0


def test_the_other_desks_ask_for_the_time_of_what_they_would_run(sphere, monkeypatch):
    from geomlearn.app.window.application import Application

    asked = []
    monkeypatch.setattr(Application, "will_take", lambda app, target, *args: asked.append((target, args)) or " · soon")
    sphere.open("builtin:icosphere")
    shapes = [item.shape for item in sphere.app.scene.shapes]
    for desk in ("match", "fields"):
        sphere.app.show_desk(desk)
        sphere.frames(2)
    targets = dict(asked)
    match = sphere.app.desks["match"].options["match"]
    assert targets["geomlearn.matching.match:match_shapes"] == (*shapes, match)
    assert targets["geomlearn.operators.fields.solve:solve"][0] == "heat"


def test_a_job_too_large_for_the_memory_is_held_back_until_the_person_insists(driver, monkeypatch):
    driver.open("builtin:icosphere@642")
    desk = driver.app.desks["spectrum"]
    desk.options = desk.options.replace(k=9)
    driver.app.preferences.sizes["geomlearn.spectral.eigenbasis:eigenbasis"] = 1e6
    driver.frames(2)
    monkeypatch.setattr("geomlearn.app.window.application.free_bytes", lambda: 2e9)
    driver.key("S")
    assert not driver.app.runner.active
    driver.expect("will take about 5.8 GB of memory; 2.0 GB are free")
    driver.click("Run anyway")
    driver.wait()
    assert len(driver.app.scene.of(BasisItem)) == 1
