"""Axes along the box of the shape in focus, with its own coordinates as the file has them."""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements
from geomlearn.app.model.view.rulers import box_edges, outermost, ticks
from geomlearn.app.window.stage.camera import projection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

WANTED = np.array([-0.4, 1.0])
"""Axes stand where they hide least: below the shape, and rather at its left."""
NAME_AWAY = 27.0
LEAST_LONG = 40.0
"""Pixels at scale 1: names stand beyond the numbers; an axis that is seen from its end has no room for numbers."""


def draw_axes(scene: Scene, ui: Ui, stage: Rect, shape: ShapeItem | None) -> None:
    """Three edges of the box, with ticks at round numbers and the unit behind the name of the axis."""
    if not scene.stage.axes or shape is None or not shape.visible:
        return
    low, high = shape.shape.vertices.min(axis=0), shape.shape.vertices.max(axis=0)
    to_world, camera = _to_world(scene, shape), projection()
    drawn: list[Rect] = []
    centre = camera.to_screen(to_world((low + high)[None] / 2))[0][0]
    for axis in range(3):
        edges = box_edges(low, high, axis)
        screen, depth = camera.to_screen(to_world(edges.reshape(-1, 3)))
        if (depth <= 0).any():
            continue
        screen = screen.reshape(4, 2, 2)
        chosen = outermost(screen, screen.reshape(-1, 2), WANTED)
        if np.linalg.norm(np.diff(screen[chosen], axis=0)) < ui.px(LEAST_LONG):
            continue
        values = ticks(low[axis], high[axis])
        at = np.repeat(edges[chosen][:1], len(values), axis=0)
        at[:, axis] = values
        marks = camera.to_screen(to_world(at))[0]
        name = f"{'xyz'[axis]} [{shape.unit}]" if shape.unit else "xyz"[axis]
        _axis(ui, stage, screen[chosen], marks, values, name, centre, drawn)


def _axis(
    ui: Ui,
    stage: Rect,
    ends: np.ndarray,
    marks: np.ndarray,
    values: np.ndarray,
    name: str,
    centre: np.ndarray,
    drawn: list[Rect],
) -> None:
    """One axis from end to end (2, 2) in pixels, with numbers (t,) at marks (t, 2), away from the centre."""
    lines = imgui.GetBackgroundDrawList()
    ink, faint = (imgui.GetColorU32((*color, 1.0)) for color in (ui.theme.text, ui.theme.faint))
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    out = np.array([-along[1], along[0]])
    out = out if out @ (ends.mean(axis=0) - centre) > 0 else -out
    lines.AddLine(tuple(ends[0].tolist()), tuple(ends[1].tolist()), faint, ui.px(1.2))
    words = [(f"{value:.6g}", mark, faint, 6.0) for value, mark in zip(values, marks, strict=True)]
    words.append((name, ends.mean(axis=0), ink, NAME_AWAY))
    for text, mark, color, away in words:
        if away < 10:
            tip = mark + ui.px(5) * out
            lines.AddLine(tuple(mark.tolist()), tuple(tip.tolist()), faint, ui.px(1.2))
        box = _box(ui, text, mark + ui.px(away) * out, out)
        # One over the other, neither could be read.
        if any(box.overlaps(other) for other in drawn) or not stage.contains(*box.centre):
            continue
        drawn.append(box)
        lines.AddText((box.x, box.y), color, text)
        ui.record(f"axis {name[0]} {text}", box)


def _box(ui: Ui, text: str, at: np.ndarray, out: np.ndarray) -> Rect:
    """Where a text stands whose nearest side is at a point (2,) of the screen, seen against the direction `out`."""
    width, height = imgui.CalcTextSize(text)[0], ui.em
    x, y = at + out * np.array([width, height]) / 2
    return Rect(float(x) - width / 2, float(y) - height / 2, width, height)


def _to_world(scene: Scene, shape: ShapeItem):
    """From a shape's own coordinates (m, 3) to the world."""
    matrix = placements(scene)[shape.id]

    def to_world(points: np.ndarray) -> np.ndarray:
        unit = (points - shape.centre) / (shape.shape.diagonal or 1.0)
        return unit @ matrix[:3, :3].T + matrix[:3, 3]

    return to_world
