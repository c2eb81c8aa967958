"""What a person does to shapes on the stage: turn, move, cut open, choose the upward axis, look at very fine ones."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model import results
from geomlearn.app.model.commands import change
from geomlearn.app.model.items import IDENTITY
from geomlearn.app.model.view.coarse import coarsened
from geomlearn.app.model.view.place import placements, turned
from geomlearn.app.window.files.opening import _arrived
from geomlearn.app.window.stage.cuts import plane
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape

pytestmark = pytest.mark.window


@pytest.fixture
def sphere(driver):
    driver.open("builtin:icosphere")
    return driver


def ink(picture: np.ndarray) -> int:
    """How many pixels belong to shapes: they are darker than the stage."""
    return int((picture.astype(int).sum(axis=2) < 600).sum())


def test_a_shape_is_turned_by_buttons_and_undone(sphere):
    app = sphere.app
    sphere.click("Place")
    sphere.click("turn x")
    item = app.shape
    assert np.allclose(placements(app.scene)[item.id][:3, :3] @ [0, 1, 0], [0, 0, 1])
    sphere.click("back")
    assert app.shape.pose == IDENTITY
    sphere.key("Ctrl+Z")
    assert app.shape.pose == item.pose
    assert "pose=" in app.history.script().shell


def test_what_the_hand_moves_is_one_step_of_the_history(sphere):
    app = sphere.app
    sphere.key("W")
    sphere.frames(2)
    structure = sphere.window.mirror.structure(app.shape.id)
    assert structure.get_transform_gizmo_enabled()
    before = len(app.history)
    wanted = turned(app.shape, "y", 30.0)
    structure.set_transform(placements(app.scene.put([app.shape.replace(pose=wanted)]))[app.shape.id])
    sphere.frames(3)
    assert np.allclose(app.shape.pose, wanted, atol=1e-5) and len(app.history) == before + 1
    assert app.history.now.title.startswith("Move ")
    sphere.key("W")
    sphere.frames(2)
    assert not structure.get_transform_gizmo_enabled()
    sphere.key("Ctrl+Z")
    assert app.shape.pose == IDENTITY
    sphere.frames(2)
    assert np.allclose(structure.get_transform(), placements(app.scene)[app.shape.id], atol=1e-6)


def test_a_cut_shows_less_of_its_own_shape_only(driver):
    driver.open("builtin:icosphere", "builtin:icosphere")
    app = driver.app
    first = app.scene.shapes[0]
    app.focus_on(first.id)
    whole = driver.picture(panels=False)
    driver.key("Shift+X")
    driver.frames(2)
    app.do(change(first.id, cut="y", cut_at=0.3))
    driver.frames(2)
    left, right = np.array_split(driver.picture(panels=False), 2, axis=1)
    was_left, was_right = np.array_split(whole, 2, axis=1)
    assert ink(left) < 0.7 * ink(was_left), "the upper part has gone"
    assert abs(ink(right) - ink(was_right)) < 0.05 * ink(was_right), "the other sphere is whole"
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    driver.frames(2)
    assert abs(ink(driver.picture(panels=False)) - ink(whole)) < 0.02 * ink(whole)


def test_the_plane_of_a_cut_is_at_its_part_of_the_box(sphere):
    item = sphere.app.shape.replace(cut="x", cut_at=0.25)
    centre, normal = plane(item, placements(sphere.app.scene)[item.id])
    low, high = item.unit_box
    assert centre[0] == pytest.approx(low[0] + 0.25 * (high[0] - low[0])) and list(normal) == [-1, 0, 0]
    assert plane(item.replace(cut_flipped=True), np.eye(4))[1][0] == 1


def test_shapes_with_z_up_stand_and_the_axis_can_be_chosen(driver, tmp_path):
    standing = builtin("biped-tall-stand", 500)
    lying = standing.replace(vertices=standing.vertices[:, [0, 2, 1]])
    driver.open(write_shape(tmp_path / "lying.off", lying))
    item = driver.app.shape
    upright = placements(driver.app.scene)[item.id][:3, :3] @ [0, 0, 1]
    assert np.allclose(upright, [0, 1, 0])
    driver.key("U")
    assert driver.app.scene.stage.up == "y"
    driver.key("Ctrl+Z")
    assert driver.app.scene.stage.up == "auto"


def test_a_very_fine_shape_is_drawn_by_a_coarser_one_and_coloured_by_its_own_values(driver):
    app = driver.app
    item = results.read_shape_item("builtin:icosphere")
    shape, coarse = item.shape, coarsened(item.shape.vertices, item.shape.faces, 300)
    _arrived(app, "builtin:icosphere", item.replace(coarse=coarse))
    driver.frames(2)
    assert "everything is computed on all of them" in driver.messages()
    structure = ps.get_surface_mesh(app.shape.id)
    assert structure.n_faces() == len(coarse.faces) < shape.n_faces
    app.desks["spectrum"].options = app.desks["spectrum"].options.replace(k=4)
    driver.key("S")
    driver.wait()
    assert app.source.basis.evecs.shape[0] == shape.n_vertices, "the basis is that of the whole shape"
    assert structure.get_quantity_buffer("layer", "values").size() == len(coarse.vertices)
    app.focus_on(app.shape.id)
    driver.frames(2)
    driver.click("Simplified view")
    driver.frames(2)
    assert ps.get_surface_mesh(app.shape.id).n_faces() == shape.n_faces
