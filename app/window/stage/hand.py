"""What the mouse does on the stage: lights up what it is on, paints, and clicks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polyscope as ps
from polyscope import imgui

from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit, Light
from geomlearn.app.window.stage.mirror import REDUCED_FACES, visible_faces
from geomlearn.app.window.stage.pointer import Pointer
from geomlearn.app.window.stage.tools import picking
from geomlearn.app.window.stage.tools.turning import Turning
from geomlearn.app.window.ui.layout import Rect


class Hand:
    """The pointer with the brush in it."""

    def __init__(self) -> None:
        self.pointer = Pointer()
        self._painting = False
        self._grip: Callable[[Hit], None] | None = None
        self._from: Hit | None = None
        self._lit = b""
        self._turning = Turning()

    def move(self, app: Application, stage: Rect, scale: float) -> None:
        """Follow the mouse for one frame; `stage` is the free part of the picture."""
        over = self.pointer.over(stage) and not imgui.IsMouseDown(0) and not app.page
        # Lighting up a point draws everything again; a click still finds it.
        over = over and visible_faces(app.scene) < REDUCED_FACES
        app.point_at(self.pointer.hit(app.scene, scale) if over else None)
        lights = app.desk.hover(app, app.hit) if app.desk and not app.tool else []
        if app.hit is not None and not lights:
            lights = [Light(app.hit.position, app.theme.accent)]
        if app.first is not None:
            lights.append(Light(app.first.position, app.theme.accent, 1.4))
        self._light(app, lights)
        if self._brush(app, stage, scale):
            return
        clicked = self.pointer.clicked(stage)
        if self._turning.follow(app, self._from, scale):
            return
        if not self._drag(app, stage, scale) and clicked:
            hit = self.pointer.hit(app.scene, scale)
            if hit is not None and not picking.click(app, hit) and not (app.desk and app.desk.click(app, hit)):
                app.focus_on(hit.shape_id)

    def _brush(self, app: Application, stage: Rect, scale: float) -> bool:
        """Paint the selection while the button is down; returns whether the mouse belongs to the brush."""
        brush, held = app.brush, imgui.IsMouseDown(0)
        if brush.paints(app) is None or app.page:
            self._painting = False
        else:
            hit = self.pointer.hit(app.scene, scale) if self.pointer.over(stage) else None
            reaches = brush.reaches(app, hit)
            # A drag that begins beside the shape turns the stage, as always.
            self._painting = self._painting if held and not imgui.IsMouseClicked(0) else reaches
            if held and self._painting and reaches:
                brush.dab(app, hit, erase=imgui.GetIO().KeyShift)
        ps.set_do_default_mouse_interaction(not self._painting)
        return self._painting

    def _drag(self, app: Application, stage: Rect, scale: float) -> bool:
        """Move what the desk lets be moved; returns whether the mouse belongs to that."""
        if not imgui.IsMouseDown(0) and not imgui.IsMouseReleased(0):
            free = app.desk and app.hit is not None and not app.page and not app.tool
            self._grip = app.desk.grip(app, app.hit) if free else None
            self._from = app.hit
        if self._grip is None:
            return False
        ps.set_do_default_mouse_interaction(False)
        if not imgui.IsMouseReleased(0):
            return imgui.IsMouseDown(0)
        end = self.pointer.hit(app.scene, scale) if stage.contains(*imgui.GetMousePos()) else None
        grip, self._grip = self._grip, None
        if end is None or (end.shape_id, end.vertex) == (self._from.shape_id, self._from.vertex):
            return False
        grip(end)
        return True

    def _light(self, app: Application, lights: list[Light]) -> None:
        points, colors = (np.array([light[i] for light in lights]).reshape(-1, 3) for i in (0, 1))
        sizes = np.array([light.size for light in lights])
        state = points.tobytes() + colors.tobytes() + sizes.tobytes()
        if state != self._lit:
            self._lit = state
            app.after_frame(lambda window: window.mirror.highlight(points, colors, sizes))
