"""Which vertices the eye sees: what Polyscope draws at their pixels is the truth; and the numbers written there."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.stage.camera import projection
from geomlearn.app.window.stage.sight import seen_vertices
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape

pytestmark = pytest.mark.window


def sheets(*heights: float) -> Shape:
    """Squares one behind the other that face +z, each smaller; vertices 4 i to 4 i + 3 are those of the i-th."""
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    layers = [np.c_[square / (1 + 0.5 * i), np.full(4, z)] for i, z in enumerate(heights)]
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Shape(np.concatenate(layers), np.concatenate([faces + 4 * i for i in range(len(heights))]), "sheets")


def sensors_at(owner: str, vertices: tuple[int, ...]) -> SensorsItem:
    """Sensors of which only the places matter; the shape stands for the basis that they would belong to."""
    none = np.zeros(0)
    unknown = dict.fromkeys(("lambda_min", "condition", "error_factor", "noise_gain"), 1.0)
    places = {"vertices": vertices, "weights": np.ones(len(vertices)), "noise": none, "climb": none}
    return SensorsItem(label="sensors", owner=owner, basis=owner, k=1, **places, **unknown)


def seen(driver) -> np.ndarray:
    """(n,) of the shape in focus."""
    shape = driver.app.shape
    return seen_vertices(driver.app.scene, projection(), shape, np.arange(shape.shape.n_vertices))


def in_front(pixel: np.ndarray, point: np.ndarray, to_eye: np.ndarray) -> list[float]:
    """How far before a point that is drawn which is drawn at its pixel and around it: another outline may cross it."""
    around = [pixel + 2 * np.array(step) for step in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    picks = [ps.pick(screen_coords=tuple(map(float, at))) for at in around]
    return [float((pick.position - point) @ to_eye) if pick.is_hit else np.nan for pick in picks]


@pytest.fixture
def stacked(driver):
    """Two sheets seen from the front: the second, smaller, is all behind the first."""
    driver.app.do(Add((ShapeItem(label="sheets", shape=sheets(1.0, 0.0)),)))
    driver.app.look("front")
    driver.frames(2)
    return driver


@pytest.mark.parametrize("flat", [True, False], ids=["orthographic", "perspective"])
@pytest.mark.parametrize("view", ["corner", "right"])
def test_a_vertex_is_seen_where_it_is_what_polyscope_draws_at_its_pixel(driver, flat, view):
    driver.app.do(Add((ShapeItem(label="biped", shape=builtin("biped-tall-walk", 1500, 0)),)))
    driver.app.look(view)
    if flat:
        driver.key("5")
        driver.key("F")
    driver.frames(2)
    shape = driver.app.shape
    camera, world = projection(), world_points(driver.app.scene, shape)
    screen, _ = camera.to_screen(world)
    to_eye = np.broadcast_to(camera.towards_eye(world), world.shape)
    to_eye = to_eye / np.linalg.norm(to_eye, axis=1, keepdims=True)
    ours = seen(driver)
    # At its own outline a pixel decides. Half of those tried are called hidden, so that both answers are judged.
    clear = (shape.unit_normals * to_eye).sum(axis=1) > 0.3
    random = np.random.default_rng(0)
    tried = np.concatenate([random.permutation(np.flatnonzero(clear & (ours == one)))[:30] for one in (True, False)])
    before = np.array([in_front(screen[vertex], world[vertex], to_eye[vertex]) for vertex in tried])
    hidden, free = (before > 0.02).all(axis=1), (before < 0.005).all(axis=1)
    assert (hidden | free).mean() > 0.7 and hidden.sum() > 10, "views without hidden vertices test nothing"
    assert not ours[tried][hidden].any() and ours[tried][free].all()


def test_what_is_behind_a_surface_is_not_seen_unless_that_is_clear_wire_or_cut_away(stacked):
    app, front, back = stacked.app, slice(0, 4), slice(4, 8)
    assert seen(stacked)[front].all() and not seen(stacked)[back].any()
    for look in ({"opacity": 0.5}, {"wireframe": True}):
        app.do(change(app.shape.id, **look))
        assert seen(stacked).all()
        stacked.key("Ctrl+Z")
    app.do(change(app.shape.id, cut="z", cut_at=0.5))
    assert not seen(stacked)[front].any() and seen(stacked)[back].all()


def test_another_shape_hides_too_and_no_longer_when_it_is_not_shown(stacked):
    app = stacked.app
    first = app.shape
    app.do(Add((ShapeItem(label="sphere", shape=builtin("icosphere")),)))
    app.look("left")
    stacked.frames(2)
    app.focus_on(first.id)
    app.look("front")
    stacked.frames(2)
    apart = seen(stacked)
    # The sphere comes to stand before the middle of the sheets.
    where = world_points(app.scene, first, [0, 2]).mean(axis=0)
    sphere = next(shape for shape in app.scene.shapes if shape.id != first.id)
    step = np.eye(4)
    step[:3, 3] = where - world_points(app.scene, sphere).mean(axis=0) + [0, 0, 1.0]
    app.do(change(sphere.id, pose=tuple(step.ravel().tolist())))
    app.look("front")
    stacked.frames(2)
    assert apart[:4].all() and not seen(stacked)[:4].all()
    app.do(change(sphere.id, visible=False))
    stacked.frames(2)
    assert seen(stacked)[:4].all()


def test_only_sensors_that_are_seen_have_their_numbers_on_the_stage(stacked):
    app = stacked.app
    stacked.key("F5")
    stacked.frames(2)
    app.do(Add((sensors_at(app.shape.id, (0, 2, 4, 6)),)))
    stacked.frames(2)
    shown = app.desks["sense"].numbers.shown
    assert shown[app.shape.id] == [1, 2]
    app.look("back")
    stacked.frames(2)
    assert shown[app.shape.id] == [], "from behind all look away"
    app.look("front")
    app.do(change(app.shape.id, opacity=0.5))
    stacked.frames(2)
    assert shown[app.shape.id] == [1, 2, 3, 4]
