"""Where each shape stands: side by side in one world, since there is only one camera."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import IDENTITY, Matrix, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.upright import up_of

GAP = 0.12
"""Free space between neighbours, in units of a shape's bounding-box diagonal."""

_UP = {
    "x": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    "y": np.eye(3),
    "z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
}


def placements(scene: Scene) -> dict[str, np.ndarray]:
    """For each shape the (4, 4) matrix from its unit frame to the world, where y points up.

    Visible shapes stand in a row along x in the order they came, on one floor, the row centred on the origin; hidden
    ones keep no slot. In the "overlay" layout all stand at the origin. The user's pose acts inside the slot. Twins
    stand beside their originals.
    """
    items = in_row(scene)
    turns = {item.id: _UP[upward_axis(scene, item)] for item in items}
    widths = {item.id: _width(item, turns[item.id]) for item in items}
    shown = [item for item in items if item.visible]
    x = -(sum(widths[item.id] for item in shown) + GAP * max(len(shown) - 1, 0)) / 2
    result = {}
    for item in items:
        slot, turn = np.eye(4), turns[item.id]
        slot[:3, :3] = turn
        if item.visible and scene.stage.layout == "row":
            slot[:2, 3] = x + widths[item.id] / 2, _height(item, turn) / 2 - 0.5
            x += widths[item.id] + GAP
        pose = np.array(item.pose).reshape(4, 4)
        # The pose is expressed in world axes about the slot's centre, as the gizmo shows it.
        result[item.id] = _shift(slot[:3, 3]) @ pose @ _shift(-slot[:3, 3]) @ slot
    return result


def pose_at(scene: Scene, item: ShapeItem, matrix: np.ndarray) -> Matrix:
    """The pose with which the shape stands where the (4, 4) `matrix` from its unit frame to the world has it."""
    slot = placements(scene.put([item.replace(pose=IDENTITY)]))[item.id]
    centre = slot[:3, 3]
    pose = _shift(-centre) @ matrix @ np.linalg.inv(slot) @ _shift(centre)
    return tuple(pose.ravel().tolist())


def turned(item: ShapeItem, axis: str, degrees: float) -> Matrix:
    """The pose after a turn about an axis of the window through the middle of the shape's place."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    one, two = ((1, 2), (2, 0), (0, 1))["xyz".index(axis)]
    turn = np.eye(4)
    turn[[one, two], [one, two]] = cos
    turn[two, one], turn[one, two] = sin, -sin
    return tuple((turn @ np.array(item.pose).reshape(4, 4)).round(12).ravel().tolist())


def upward_axis(scene: Scene, item: ShapeItem) -> str:
    """The axis of the shape's own that points up: the stage's choice, or what shapes from its folder agree on."""
    if scene.stage.up != "auto":
        return scene.stage.up
    folder = PurePath(item.source).parent
    return up_of([other.leaning for other in scene.shapes if PurePath(other.source).parent == folder])


def _shift(by: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def in_row(scene: Scene) -> list[ShapeItem]:
    """All shapes from left to right."""
    items = scene.of(ShapeItem)
    order = {item.id: number for number, item in enumerate(items)}
    return sorted(items, key=lambda item: (order.get(item.twin_of, order[item.id]), item.beside))


def world_points(scene: Scene, item: ShapeItem, indices: np.ndarray | slice = slice(None)) -> np.ndarray:
    """(m, 3) where vertices of a shape stand in the world."""
    matrix = placements(scene)[item.id]
    return item.unit_vertices[indices] @ matrix[:3, :3].T + matrix[:3, 3]


def bounds(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner (3,) of all visible shapes in the world; a unit box when there are none."""
    lows, highs = [], []
    matrices = placements(scene)
    for item in scene.of(ShapeItem):
        if item.visible:
            box = item.unit_box
            corners = np.array([[box[(c >> axis) & 1][axis] for axis in range(3)] for c in range(8)])
            corners = corners @ matrices[item.id][:3, :3].T + matrices[item.id][:3, 3]
            lows.append(corners.min(axis=0))
            highs.append(corners.max(axis=0))
    if not lows:
        return np.full(3, -0.5), np.full(3, 0.5)
    return np.min(lows, axis=0), np.max(highs, axis=0)


def framed_points(scene: Scene, most: int = 2000) -> np.ndarray:
    """(m, 3) at most `most` world points per visible shape, enough to tell where it ends; a unit box when none is."""
    shapes = [item for item in scene.of(ShapeItem) if item.visible]
    if not shapes:
        return np.array([[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5]])
    steps = [slice(None, None, max(1, item.shape.n_vertices // most)) for item in shapes]
    return np.concatenate([world_points(scene, item, step) for item, step in zip(shapes, steps, strict=True)])


def _height(item: ShapeItem, turn: np.ndarray) -> float:
    return float(np.abs(turn @ (item.unit_box[1] - item.unit_box[0]))[1])


def _width(item: ShapeItem, turn: np.ndarray) -> float:
    size = np.abs(turn @ (item.unit_box[1] - item.unit_box[0]))
    return float(max(size[0], 0.25))


def caption_of(scene: Scene, item: ShapeItem) -> str:
    """What a shape is called in a picture: among its twins, by what it shows."""
    source = scene.items.get(item.layer.source) if item.layer else None
    family = scene.twins(item.twin_of or item.id)
    return source.role if family and isinstance(source, FieldItem) else item.label
