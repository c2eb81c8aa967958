"""The selection in focus: typed, brushed, grown, named, written."""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.measuring.measures import selected_area, statistics
from geomlearn.app.model.results import identifier
from geomlearn.app.model.selection import format_indices, grown, inverted, parse_indices
from geomlearn.app.model.view.layers import picture
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError

_LONG = 4000
_export = ExportBox("selection", "geomlearn.app.model.selection:write_selection", (".txt", ".npy", ".npz"))


def draw_selection(app: Application, ui: Ui, item: SelectionItem) -> None:
    """Everything that can be done to it."""
    shape = app.scene[item.owner]
    with ui.scope("selection"):
        n = len(item.indices)
        ui.heading(f"{n:,} of {shape.shape.n_vertices:,} vertices", 1.1)
        ui.pairs(_facts(app, shape, item))
        _, on = ui.checkbox("Brush", app.brush.on, tip="Drag on the shape; Shift erases. Beside it: turns.")
        app.brush.turn(on=on)
        _, app.brush.radius = ui.slider_float("Radius [diagonals]", app.brush.radius, 0.002, 0.3, log=True)
        _typed(app, ui, item, shape.shape.n_vertices)
        for label, indices in (
            ("Grow", lambda: grown(shape.shape, item.indices)),
            ("Invert", lambda: inverted(shape.shape, item.indices)),
            ("Clear", tuple),
        ):
            if ui.button(label):
                app.do(change(item.id, f"{label} {item.label}", indices=indices()))
            if label != "Clear":
                ui.same_line()
        changed, name = ui.input_text("Name", item.label, enter=True)
        if changed and name.strip():
            app.do(change(item.id, label=name.strip()))
        with ui.section("Export", open_=False) as shown:
            if shown:
                _export.draw(app, ui, identifier(item.label), (item.indices, shape.shape.n_vertices))


def _facts(app: Application, shape: ShapeItem, item: SelectionItem) -> list[tuple[str, str]]:
    """Its area, and what the numbers that the shape shows are there; counted once per state."""
    global _last
    shown = picture(app.scene, shape)
    values = shown.values if shown is not None and shown.values.ndim == 1 else None
    if _last[0] is not item or _last[1] is not values:
        unit = f" {shape.unit}²" if shape.unit else ""
        area = selected_area(shape.shape, item.indices)
        rows = [("area", f"{area:.5g}{unit} · {100 * area / shape.shape.area:.3g} %")] if shape.shape.area else []
        found = statistics(shape.shape, item.indices, values) if values is not None else {}
        _last = item, values, [*rows, *((name, f"{number:.5g}") for name, number in found.items())]
    return _last[2]


_last: tuple[SelectionItem | None, np.ndarray | None, list[tuple[str, str]]] = (None, None, [])


def _typed(app: Application, ui: Ui, item: SelectionItem, n_vertices: int) -> None:
    text = format_indices(item.indices)
    if len(text) > _LONG:
        ui.faint(f"{text[:60]}… (too long to type here)")
        return
    changed, text = ui.input_text("Vertices", text, hint="3, 10-20", enter=True)
    if changed or (imgui.IsItemDeactivatedAfterEdit() and text != format_indices(item.indices)):
        try:
            indices = parse_indices(text, n_vertices)
        except GeomError as error:
            app.notices.error(error)
            return
        app.do(change(item.id, f"Type {item.label}", indices=indices))
