"""Turning one picture alone, where views are not linked: the camera stays, the shape under the pointer turns."""

from __future__ import annotations

import numpy as np
import polyscope as ps
from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.views import rotation, turned_by_hand
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit

HALF_TURN = 500.0
"""Pixels of a drag that turn a shape by half a turn, at scale 1."""


class Turning:
    """Follows a drag that began on a shape."""

    def __init__(self) -> None:
        self._held = ""
        self._at = (0.0, 0.0)

    def follow(self, app: Application, hit: Hit | None, scale: float) -> bool:
        """Turn the shape while the button is down; returns whether the mouse belongs to that."""
        free = not app.scene.stage.linked and not app.page and not app.tool
        if free and hit is not None and imgui.IsMouseClicked(0) and not imgui.GetIO().KeyShift:
            self._held, self._at = hit.shape_id, imgui.GetMousePos()
        if not imgui.IsMouseDown(0) or self._held not in app.scene:
            self._held = ""
            return False
        ps.set_do_default_mouse_interaction(False)
        x, y = imgui.GetMousePos()
        across, down = x - self._at[0], y - self._at[1]
        if abs(across) + abs(down) >= 1.0:
            self._at = (x, y)
            self._turn(app, app.scene[self._held], across, down, np.pi / (HALF_TURN * scale))
        return True

    @staticmethod
    def _turn(app: Application, item: ShapeItem, across: float, down: float, per_pixel: float) -> None:
        _, up, right = (np.asarray(axis, float) for axis in ps.get_view_camera_parameters().get_camera_frame())
        turn = rotation(up, across * per_pixel) @ rotation(right, down * per_pixel)
        app.do(change(item.id, f"Turn {item.label}", pose=turned_by_hand(item, turn)))
