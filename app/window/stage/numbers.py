"""Numbers beside vertices: what is marked on the stage is told by more than colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements, world_points
from geomlearn.app.window.stage.camera import projection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


def number_vertices(scene: Scene, ui: Ui, shape: ShapeItem, placed: Mapping[int, int]) -> None:
    """Draw each number beside its vertex of a shape, where the vertex can be seen."""
    if not placed or not shape.visible:
        return
    camera, lines = projection(), imgui.GetBackgroundDrawList()
    ink, paper = (imgui.GetColorU32((*color, 1.0)) for color in (ui.theme.text, ui.theme.panel))
    vertices = np.array(list(placed.values()))
    world = world_points(scene, shape, vertices)
    normals = shape.unit_normals[vertices] @ placements(scene)[shape.id][:3, :3].T
    # A number whose point looks away would seem to stand on something else.
    seen = shape.shape.is_cloud | (np.einsum("ij,ij->i", normals, camera.eye - world) > 0)
    screen, depth = camera.to_screen(world)
    drawn: list[Rect] = []
    for number, (x, y), shown in zip(placed, screen, seen & (depth > 0), strict=True):
        text = str(number)
        box = Rect(float(x) + ui.px(6), float(y) - ui.em, imgui.CalcTextSize(text)[0] + ui.px(6), ui.em)
        # One over the other, neither could be read.
        if shown and not any(box.overlaps(other) for other in drawn):
            drawn.append(box)
            lines.AddRectFilled((box.x, box.y), (box.right, box.bottom), paper, ui.px(4))
            lines.AddText((box.x + ui.px(3), box.y), ink, text)
