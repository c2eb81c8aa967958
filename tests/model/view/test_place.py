"""Shapes stand side by side whatever their units, and stay where the user put them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from geomlearn.app.model.commands import change, restage
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import bounds, placements, world_points
from tests.model.scenes import shape_item


def row(n):
    items = [shape_item(f"s{i}", scale=10.0**i) for i in range(n)]
    return Scene().put(items), items


@pytest.mark.parametrize("n", [1, 2, 5])
def test_shapes_of_any_size_stand_in_a_centred_row_without_touching(n):
    scene, items = row(n)
    intervals = [(p[:, 0].min(), p[:, 0].max()) for p in (world_points(scene, item) for item in items)]
    assert all(a[1] < b[0] for a, b in pairwise(intervals))
    assert intervals[0][0] == pytest.approx(-intervals[-1][1])


def test_a_hidden_shape_keeps_no_slot():
    scene, items = row(3)
    hidden = change(items[0].id, visible=False).apply(scene)
    two = Scene().put(items[1:])
    assert np.allclose(placements(hidden)[items[1].id], placements(two)[items[1].id])


def test_overlay_puts_all_in_one_place():
    scene, items = row(3)
    scene = restage(layout="overlay").apply(scene)
    assert all(np.allclose(world_points(scene, item).mean(axis=0), 0) for item in items)


@pytest.mark.parametrize("up", ["x", "y", "z"])
def test_the_chosen_axis_points_up_by_a_rotation(up):
    scene, items = row(1)
    matrix = placements(restage(up=up).apply(scene))[items[0].id][:3, :3]
    assert np.allclose(matrix @ np.eye(3)["xyz".index(up)], [0, 1, 0])
    assert np.linalg.det(matrix) == pytest.approx(1.0), "a mirror image would turn left into right"


def test_a_pose_turns_a_shape_about_its_own_slot():
    scene, items = row(2)
    turn = np.diag([-1.0, 1, -1, 1])
    turned = change(items[1].id, pose=tuple(turn.ravel().tolist())).apply(scene)
    before, after = world_points(scene, items[1]), world_points(turned, items[1])
    assert np.allclose(before.mean(axis=0), after.mean(axis=0))
    assert not np.allclose(before, after)


def test_bounds_hold_every_visible_vertex_and_an_empty_scene_has_some():
    scene, items = row(2)
    low, high = bounds(scene)
    points = np.concatenate([world_points(scene, item) for item in items])
    assert (points >= low - 1e-9).all() and (points <= high + 1e-9).all()
    assert (bounds(Scene())[0] < bounds(Scene())[1]).all()
