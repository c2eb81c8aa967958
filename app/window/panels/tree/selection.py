"""The selection in focus: typed, brushed, grown, named, written."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.selection import format_indices, grown, inverted, parse_indices
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
