"""How arrows and curves look."""

from __future__ import annotations

from geomlearn.app.model.commands import change
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.view.arrows import CURVE, INK
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui


def draw_glyphs(app: Application, ui: Ui, item: VectorsItem | CurvesItem) -> None:
    """Length or width, and colour."""
    with ui.scope("glyphs"):
        ui.heading(f"Look of {item.label}", 1.1)
        if isinstance(item, VectorsItem):
            changed, length = ui.slider_float("Longest arrow [diagonals]", item.length, 0.005, 0.5, log=True)
            if changed:
                app.do(change(item.id, length=length))
            changed, by_length = ui.checkbox("Colour by length", item.color is None)
            if changed:
                app.do(change(item.id, color=None if by_length else INK))
        else:
            changed, width = ui.slider_float("Width", item.width, 0.2, 5.0, form="%.2f ×", log=True)
            if changed:
                app.do(change(item.id, width=width))
        if isinstance(item, CurvesItem) or item.color is not None:
            changed, color = ui.color("Colour", item.color or CURVE)
            if changed:
                app.do(change(item.id, color=color))
