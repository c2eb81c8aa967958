"""A solved field: its facts, its components, its curves over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.timeline import show_moment
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.widgets import Ui

_WORDS = {
    "energy": "energy",
    "total": "total (mass)",
    "minimum": "minimum",
    "maximum": "maximum",
    "relative error": "relative error",
    "largest error": "largest error",
}


def current_field(app: Application) -> FieldItem | None:
    """The solution in focus, else the one shown on the shape in focus, else its newest."""
    for item in (app.item, app.source):
        if isinstance(item, FieldItem) and item.role in ("solution", "reference"):
            return item
    fields = [f for f in app.scene.children(app.shape.id, FieldItem) if f.role == "solution"] if app.shape else []
    return fields[-1] if fields else None


def moment(app: Application, field: FieldItem) -> int:
    """Which of its frames is on the stage: of the shape that shows it, else the last."""
    for shape in app.scene.of(ShapeItem):
        if shape.layer is not None and shape.layer.source == field.id:
            return field.frame(shape.layer.column)
    return len(field.times) - 1


def draw_facts(app: Application, ui: Ui, field: FieldItem) -> None:
    """What it is, in words."""
    parameters = field.parameters
    rows = [("field", field.label)]
    if "method" in parameters:
        rows.append(("equation", str(parameters["method"])))
    if len(field.times) > 1:
        rows.append(("time", f"{field.times[0]:.4g} to {field.times[-1]:.4g}"))
        rows.append(("frames", str(len(field.times))))
    if parameters.get("time_step"):
        rows.append(("time step", f"{parameters['time_step']:.4g}"))
    if parameters.get("status") == "cancelled":
        rows.append(("status", "stopped early; these are the frames so far"))
    ui.pairs(rows)
    if parameters.get("sentence"):
        ui.faint(str(parameters["sentence"]))


def draw_component(app: Application, ui: Ui, field: FieldItem) -> None:
    """Which function is shown, when there are several."""
    shape = app.scene[field.owner]
    if len(field.names) < 2 or shape.layer is None or shape.layer.source != field.id:
        return
    now = field.names[field.component(shape.layer.column)]
    ui.label("Shown")
    chosen = ui.choice("component", field.names, now)
    if chosen == now:
        return
    step = (field.names.index(chosen) - field.names.index(now)) * len(field.times)
    app.do(change(shape.id, f"Show {chosen} on {shape.label}", layer=moved(shape, step)))


def moved(shape: ShapeItem, step: int):
    """The layer of a shape some columns further."""
    return replace(shape.layer, column=shape.layer.column + step)


def draw_curves(app: Application, ui: Ui, field: FieldItem, chosen: str) -> str:
    """One curve over time with a line at the moment shown; a click goes to that moment. Returns the curve chosen."""
    names = [name for name in field.curves if len(field.times) > 1]
    if not names:
        return chosen
    chosen = chosen if chosen in names else "energy" if "energy" in names else names[0]
    _, chosen = ui.combo(
        "Over time", names, chosen, labels=[_WORDS.get(name, name.replace("_", " ")) for name in names]
    )
    draw_curve(app, ui, field, chosen)
    return chosen


def draw_curve(app: Application, ui: Ui, field: FieldItem, name: str) -> None:
    """The curve itself."""
    values = field.curves[name]
    at = moment(app, field)
    low, high = _ends(values)
    limits = (float(field.times[0]), float(field.times[-1]), low, high)
    with plots.plot(ui, f"curve {name}", "time", _WORDS.get(name, name), height=150, limits=limits) as shown:
        if not shown:
            return
        now = np.full(2, field.times[min(at, len(field.times) - 1)])
        plots.line(ui, "now", now, np.array([low, high]), ui.theme.faint, weight=1.0)
        plots.line(ui, name, field.times, values, ui.theme.accent)
        clicked = plots.mouse_at()
    if clicked is not None:
        show_moment(app, clicked[0])
    ui.faint(f"{values[min(at, len(values) - 1)]:.6g} at this moment")


def _ends(values: np.ndarray) -> tuple[float, float]:
    """The range of a plot: a constant is drawn as one, not as the rounding in its last digits."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-6 * max(abs(low), abs(high)):
        room = 0.05 * max(abs(low), abs(high)) or 1.0
        return low - room, high + room
    room = 0.06 * (high - low)
    return low - room, high + room
