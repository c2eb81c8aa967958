"""Numbers beside vertices: what is marked on the stage is told by more than colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.stage.camera import Projection, projection
from geomlearn.app.window.stage.sight import seen_vertices
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


class VertexNumbers:
    """Draws numbers beside vertices that are seen; looks anew only when scene or camera changed.

    Attributes
    ----------
    shown   the numbers that the last picture has of each shape, by its id.
    """

    def __init__(self) -> None:
        self.shown: dict[str, list[int]] = {}
        self._key: tuple[object, ...] = ()
        self._seen: dict[tuple[str, bytes], np.ndarray] = {}

    def draw(self, scene: Scene, ui: Ui, shape: ShapeItem, placed: Mapping[int, int]) -> None:
        """Draw each number beside its vertex of a shape, where the vertex can be seen."""
        self.shown[shape.id] = []
        if not placed or not shape.visible:
            return
        camera, lines = projection(), imgui.GetBackgroundDrawList()
        ink, paper = (imgui.GetColorU32((*color, 1.0)) for color in (ui.theme.text, ui.theme.panel))
        vertices = np.array(list(placed.values()))
        screen, _ = camera.to_screen(world_points(scene, shape, vertices))
        drawn: list[Rect] = []
        for number, (x, y), seen in zip(placed, screen, self._look(scene, camera, shape, vertices), strict=True):
            text = str(number)
            box = Rect(float(x) + ui.px(6), float(y) - ui.em, imgui.CalcTextSize(text)[0] + ui.px(6), ui.em)
            # One over the other, neither could be read.
            if seen and not any(box.overlaps(other) for other in drawn):
                drawn.append(box)
                self.shown[shape.id].append(number)
                lines.AddRectFilled((box.x, box.y), (box.right, box.bottom), paper, ui.px(4))
                lines.AddText((box.x + ui.px(3), box.y), ink, text)

    def _look(self, scene: Scene, camera: Projection, shape: ShapeItem, vertices: np.ndarray) -> np.ndarray:
        if self._key != (scene, camera.key):
            self._key = (scene, camera.key)
            self._seen.clear()
        asked = shape.id, vertices.tobytes()
        if asked not in self._seen:
            # A number whose point is not seen would seem to stand on something else.
            self._seen[asked] = seen_vertices(scene, camera, shape, vertices)
        return self._seen[asked]
