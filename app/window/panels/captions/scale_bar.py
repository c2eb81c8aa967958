"""A bar of a round length at the foot of the stage, for the shape in focus."""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements
from geomlearn.app.model.view.rulers import round_below
from geomlearn.app.window.stage.camera import Projection, projection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

LONGEST = 190.0
"""Pixels at scale 1."""


def draw_scale_bar(scene: Scene, ui: Ui, stage: Rect, shape: ShapeItem | None) -> None:
    """Its length holds at the middle of the shape, everywhere without perspective; shapes have scales of their own."""
    if not scene.stage.scale_bar or shape is None or not shape.visible:
        return
    pixels = pixels_per_unit(scene, shape, projection())
    if not pixels > 0:
        return
    length = round_below(ui.px(LONGEST) / pixels)
    words = f"{length:g} {shape.unit}".strip()
    if len([one for one in scene.shapes if one.visible]) > 1:
        words += f" ({shape.label})"
    x, y, width = stage.x + ui.px(18), stage.bottom - ui.px(16), length * pixels
    lines, ink = imgui.GetBackgroundDrawList(), imgui.GetColorU32((*ui.theme.text, 1.0))
    lines.AddLine((x, y), (x + width, y), ink, ui.px(2))
    for end in (x, x + width):
        lines.AddLine((end, y - ui.px(4)), (end, y + ui.px(4)), ink, ui.px(2))
    lines.AddText((x, y - ui.em - ui.px(6)), ink, words)
    ui.record("scale bar", Rect(x, y - ui.px(4), width, ui.px(8)))


def pixels_per_unit(scene: Scene, shape: ShapeItem, camera: Projection) -> float:
    """How many pixels one unit of a shape's own lengths takes at its middle; 0 behind the eye."""
    matrix = placements(scene)[shape.id]
    _, depth = camera.to_screen(matrix[:3, 3][None])
    if depth[0] <= 0:
        return 0.0
    grown = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3])))) / (shape.shape.diagonal or 1.0)
    return camera.scale * grown / (1.0 if camera.flat else float(depth[0]))
