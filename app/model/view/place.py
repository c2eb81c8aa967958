"""Where each shape stands: side by side in one world, since there is only one camera."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import IDENTITY, Matrix, ShapeItem
from geomlearn.app.model.many.order import ordered
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.upright import up_of

GAP = 0.12
"""Free space between neighbours, in units of a shape's bounding-box diagonal."""

IN_ROW = 8
"""Up to so many shapes stand in one row."""

STAGE = 1.4
"""Width over height of the free part of a window, about."""

_UP = {
    "x": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    "y": np.eye(3),
    "z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
}


def placements(scene: Scene) -> dict[str, np.ndarray]:
    """For each shape the (4, 4) matrix from its unit frame to the world, where y points up.

    Visible shapes stand in a row along x in the order they came, on one floor, the row centred on the origin; more than
    `IN_ROW` of them in several rows, one above the other. Hidden ones keep no slot. In the "overlay" layout all stand
    at the origin. The user's pose acts inside the slot. Twins stand beside their originals. The matrices of the scene
    asked about last are kept, and not to be changed.
    """
    global _last
    if _last[0] is None or _last[0]() is not scene:
        _last = weakref.ref(scene), _placements(scene)
    return _last[1]


_last: tuple[weakref.ref[Scene] | None, dict[str, np.ndarray]] = (None, {})


def _placements(scene: Scene) -> dict[str, np.ndarray]:
    items = in_row(scene)
    axes = _upward_axes(scene)
    turns = {item.id: _UP[axes[PurePath(item.source).parent]] for item in items}
    spots = _spots([item for item in items if item.visible], turns) if scene.stage.layout == "row" else {}
    result = {}
    for item in items:
        slot = np.eye(4)
        slot[:3, :3] = turns[item.id]
        slot[:2, 3] = spots.get(item.id, (0.0, 0.0))
        pose = np.array(item.pose).reshape(4, 4)
        # The pose is expressed in world axes about the slot's centre, as the gizmo shows it.
        result[item.id] = _shift(slot[:3, 3]) @ pose @ _shift(-slot[:3, 3]) @ slot
    return result


def _spots(shown: list[ShapeItem], turns: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """By id, x and y of the middle of each shape's place; in several rows all places are equally wide and high."""
    widths = {item.id: _width(item, turns[item.id]) for item in shown}
    heights = {item.id: _height(item, turns[item.id]) for item in shown}
    rows = _rows(shown, widths, heights)
    if len(rows) > 1:
        widths = dict.fromkeys(widths, max(widths.values()))
    high = max(heights.values(), default=0.0)
    result = {}
    longest = max((sum(widths[item.id] for item in row) + GAP * (len(row) - 1) for row in rows), default=0.0)
    for number, row in enumerate(rows):
        x = -longest / 2
        for item in row:
            result[item.id] = x + widths[item.id] / 2, -0.5 - number * (high + 2 * GAP) + heights[item.id] / 2
            x += widths[item.id] + GAP
    return result


def _rows(shown: list[ShapeItem], widths: dict[str, float], heights: dict[str, float]) -> list[list[ShapeItem]]:
    """The shapes in one row, or in as many as make the whole `STAGE` times as wide as high; twins are never apart.

    Views of one shape, which have room to turn, stand two by two.
    """
    if len(shown) == 4 and all(item.room for item in shown):
        return [shown[:2], shown[2:]]
    families: list[list[ShapeItem]] = []
    for item in shown:
        own = item.twin_of or item.id
        if families and own == (families[-1][0].twin_of or families[-1][0].id):
            families[-1].append(item)
        else:
            families.append([item])
    long = len(shown)
    if long > IN_ROW:
        cell = (max(heights.values()) + 2 * GAP) / (max(widths.values()) + GAP)
        long = math.ceil(math.sqrt(STAGE * cell * len(shown)))
    rows: list[list[ShapeItem]] = []
    for family in families:
        if rows and len(rows[-1]) + len(family) <= long:
            rows[-1] += family
        else:
            rows.append(list(family))
    return rows


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
    return _upward_axes(scene)[PurePath(item.source).parent]


def _upward_axes(scene: Scene) -> dict[PurePath, str]:
    """For each folder that shapes are from, which of their axes points up."""
    leanings: dict[PurePath, list[float]] = {}
    for item in scene.of(ShapeItem):
        # What is computed of a shape has no say of its own.
        leanings.setdefault(PurePath(item.source).parent, []).extend([] if item.twin_of else [item.leaning])
    up = scene.stage.up
    return {folder: up_of(found) if up == "auto" else up for folder, found in leanings.items()}


def _shift(by: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def in_row(scene: Scene) -> list[ShapeItem]:
    """All shapes from left to right."""
    items = scene.of(ShapeItem)
    order = {item.id: number for number, item in enumerate(ordered(scene))}
    return sorted(items, key=lambda item: (order[item.twin_of or item.id], item.beside))


def world_points(
    scene: Scene, item: ShapeItem, indices: Sequence[int] | np.ndarray | slice = slice(None)
) -> np.ndarray:
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
    return item.room or float(np.abs(turn @ (item.unit_box[1] - item.unit_box[0]))[1])


def _width(item: ShapeItem, turn: np.ndarray) -> float:
    size = np.abs(turn @ (item.unit_box[1] - item.unit_box[0]))
    return item.room or float(max(size[0], 0.25))


def caption_of(scene: Scene, item: ShapeItem) -> str:
    """What a shape is called in a picture: among its twins, by what it shows."""
    source = scene.items.get(item.layer.source) if item.layer else None
    family = scene.twins(item.twin_of or item.id)
    return source.role if family and isinstance(source, FieldItem) else item.label
