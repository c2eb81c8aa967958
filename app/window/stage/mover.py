"""Moving and turning a shape by hand, with Polyscope's gizmo; each move of the hand is one step of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from polyscope import imgui

from geomlearn.app.model.commands import Steps, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.place import pose_at

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application
    from geomlearn.app.window.stage.mirror import Mirror


class Mover:
    """Shows the gizmo on the shape that `app.moving` names, and takes over where it was put."""

    def __init__(self) -> None:
        self._shown = ""

    def follow(self, app: Application, mirror: Mirror) -> None:
        """Once per frame, after the scene has been drawn."""
        item = app.scene.items.get(app.moving)
        wanted = app.moving if isinstance(item, ShapeItem) and item.visible else ""
        if wanted != self._shown:
            if self._shown in app.scene:
                mirror.structure(self._shown).set_transform_gizmo_enabled(False)
            if wanted:
                mirror.structure(wanted).set_transform_gizmo_enabled(True)
            self._shown = wanted
        if not wanted or imgui.IsMouseDown(0):
            return
        matrix = np.asarray(mirror.structure(wanted).get_transform(), float)
        if np.abs(matrix - mirror.place(wanted)).max() > 1e-5:
            what = f"Move {item.label}"
            app.do(Steps(what, (change(wanted, what, pose=pose_at(app.scene, cast(ShapeItem, item), matrix)),)))
