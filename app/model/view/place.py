"""Where each shape stands: side by side in one world, since there is only one camera."""

from __future__ import annotations

import numpy as np

from app.model.computed import FieldItem
from app.model.items import ShapeItem
from app.model.scene import Scene

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
    turn = _UP[scene.stage.up]
    widths = {item.id: _width(item, turn) for item in items}
    shown = [item for item in items if item.visible]
    x = -(sum(widths[item.id] for item in shown) + GAP * max(len(shown) - 1, 0)) / 2
    result = {}
    for item in items:
        slot = np.eye(4)
        slot[:3, :3] = turn
        if item.visible and scene.stage.layout == "row":
            slot[:2, 3] = x + widths[item.id] / 2, _height(item, turn) / 2 - 0.5
            x += widths[item.id] + GAP
        pose = np.array(item.pose).reshape(4, 4)
        # The pose is expressed in world axes about the slot's centre, as the gizmo shows it.
        shift = np.eye(4)
        shift[:3, 3] = slot[:3, 3]
        back = np.eye(4)
        back[:3, 3] = -slot[:3, 3]
        result[item.id] = shift @ pose @ back @ slot
    return result


def world_axes(up: str) -> np.ndarray:
    """(3, 3) what turns the axes of a shape into those of the window, where y points up."""
    return _UP[up]


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
