"""Which way is up, on shapes whose feet are known."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import viewed
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements, upward_axis
from geomlearn.app.model.view.upright import leaning, up_of
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape

STANDING = ("biped-tall-stand", "biped-heavy-wave", "quadruped-dog-stand", "quadruped-giraffe-stand")
TO_Z = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
"""Exchanges y and z."""


@pytest.fixture(scope="module")
def standing():
    return [builtin(name, 600) for name in STANDING]


def test_what_stands_on_y_leans_to_y_and_turned_to_z(standing):
    for shape in standing:
        turned = shape.replace(vertices=shape.vertices @ TO_Z.T)
        assert leaning(shape) < 0 < leaning(turned)
        assert leaning(turned) == pytest.approx(-leaning(shape)), "the axes change places"


def test_size_and_place_do_not_matter(standing):
    shape = standing[0]
    moved = shape.replace(vertices=40 * shape.vertices + [3.0, -7.0, 100.0])
    assert leaning(moved) == pytest.approx(leaning(shape))


def test_degenerate_shapes_have_y_up():
    line = Shape(np.column_stack([np.arange(5.0), np.zeros((5, 2))]))
    sheet = Shape(np.random.default_rng(0).random((40, 3)) * [1, 0, 1])
    for shape in (line, sheet, Shape(np.zeros((2, 3)))):
        assert up_of([leaning(shape)]) == "y"


def test_a_folder_agrees_on_one_axis_and_another_folder_on_its_own():
    shape = Shape(np.random.default_rng(0).random((9, 3)))
    z, unsure, y = (
        ShapeItem(label=name, shape=shape, source=source, leaning=lean)
        for name, source, lean in (("a", "/one/a.off", 0.5), ("b", "/one/b.off", -0.1), ("c", "/two/c.off", -0.2))
    )
    scene = Scene().put([z, unsure, y])
    assert [upward_axis(scene, item) for item in (z, unsure, y)] == ["z", "z", "y"]
    assert upward_axis(scene.with_stage(up="x"), z) == "x"
    matrices = placements(scene)
    assert np.allclose(matrices[unsure.id][:3, :3] @ [0, 0, 1], [0, 1, 0]), "z of the file points up on the stage"
    assert np.allclose(matrices[y.id][:3, :3], np.eye(3))


def test_built_in_shapes_and_scenes_have_y_up(standing):
    lying = standing[0].replace(vertices=standing[0].vertices @ TO_Z.T)
    for source, up in (("builtin:x", "y"), ("/a/x.glb", "y"), ("/a/x.off", "z")):
        item = viewed(ShapeItem(label="x", shape=lying, source=source))
        assert upward_axis(Scene().put([item]), item) == up
