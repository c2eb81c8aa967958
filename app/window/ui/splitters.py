"""The gaps between the panels and the stage, by which the panels are made wider and narrower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyscope import imgui

from geomlearn.app.window.ui.layout import LEFT, MARGIN, Layout, Rect
from geomlearn.app.window.ui.regions import FIXED

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application
    from geomlearn.app.window.ui.widgets import Ui

LEAST, MOST = 180.0, 760.0
"""Of a panel's width, at scale 1."""


class Splitters:
    """Two grips. What was dragged is a habit of the person; a desk that was not keeps the width it asks for."""

    def __init__(self) -> None:
        self._dragged: dict[str, float] = {}

    def widths(self, app: Application) -> dict[str, float]:
        """Wanted widths of the "left" and the "right" panel, at scale 1."""
        own = {"left": LEFT, "right": app.desk.width if app.desk else 0.0}
        return own | app.preferences.widths | self._dragged

    def draw(self, app: Application, ui: Ui, place: Layout) -> None:
        """Both grips, between the panels and the stage."""
        gap = ui.px(MARGIN)
        self._grip(app, ui, "left", Rect(place.left.right, place.left.y, gap, place.left.h), +1)
        self._grip(app, ui, "right", Rect(place.right.x - gap, place.right.y, gap, place.right.h), -1)

    def _grip(self, app: Application, ui: Ui, side: str, rect: Rect, outwards: int) -> None:
        imgui.SetNextWindowPos((rect.x, rect.y))
        imgui.SetNextWindowSize((rect.w, max(rect.h, 1)))
        imgui.PushStyleVar(imgui.ImGuiStyleVar_WindowPadding, (0.0, 0.0))
        imgui.PushStyleVar(imgui.ImGuiStyleVar_WindowMinSize, (1.0, 1.0))
        quiet = imgui.ImGuiWindowFlags_NoBackground | imgui.ImGuiWindowFlags_NoNav
        imgui.Begin(f"###grip {side}", FIXED | quiet | imgui.ImGuiWindowFlags_NoBringToFrontOnFocus)
        imgui.PopStyleVar(2)
        imgui.InvisibleButton("grip", (rect.w, max(rect.h, 1)))
        ui.record_item(f"grip {side}")
        if imgui.IsItemHovered() or imgui.IsItemActive():
            imgui.SetMouseCursor(imgui.ImGuiMouseCursor_ResizeEW)
            color = imgui.GetColorU32((*ui.theme.accent, 0.5))
            middle = rect.x + rect.w / 2
            imgui.GetWindowDrawList().AddLine((middle, rect.y), (middle, rect.bottom), color, ui.px(2))
        if imgui.IsItemActive():
            moved = outwards * imgui.GetIO().MouseDelta[0] / ui.scale
            self._dragged[side] = min(max(self.widths(app)[side] + moved, LEAST), MOST)
        elif side in self._dragged:
            app.preferences.change(widths={**app.preferences.widths, side: round(self._dragged.pop(side))})
        imgui.End()
