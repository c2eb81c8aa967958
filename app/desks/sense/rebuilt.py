"""A field that was rebuilt: how good it is, and the pictures of it."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.sense.choices import current_rebuilt
from geomlearn.app.desks.sense.rebuilding import SOLVERS
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import OnePicture, SideBySide
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui


def draw_rebuilt(app: Application, ui: Ui, field: FieldItem) -> None:
    """How good the rebuilt field is, and the pictures of it."""
    ui.gap()
    ui.heading(field.label, 1.1)
    shape: ShapeItem = app.scene[field.owner]
    at = min(_moment(app, field), len(field.times) - 1)
    rows = [("solver", SOLVERS.get(str(field.parameters["method"]), str(field.parameters["method"])))]
    left = float(np.atleast_1d(field.parameters["residual"])[at])
    if np.isfinite(left):
        rows.append(("left at the samples", f"{left:.3g}"))
    for name, word in (("relative error", "error, of the truth"), ("largest error", "largest error")):
        if name in field.curves:
            rows.append((word, f"{field.curves[name][at]:.3g}"))
    if "inside the band" in field.curves:
        rows.append(("truth inside the 95 % band", f"{field.curves['inside the band'][at]:.0%} of the shape"))
    ui.pairs(rows)
    band, truth = band_of(app, field), app.scene.items.get(str(field.parameters.get("truth", "")))
    if app.scene.twins(field.owner):
        if ui.button("Back to one picture", "single", width=-1):
            app.do(OnePicture(field.owner))
            app.look("same")
        return
    if truth is not None and ui.button("Band, rebuilt, truth and error side by side", "beside", width=-1):
        app.do(SideBySide(field.id, truth.id, beside=band.id if band else ""))
        app.focus_on(field.id)
        app.look("front")
    if band is not None:
        now = "band" if shape.layer is not None and shape.layer.source == band.id else "field"
        chosen = ui.choice("shown", ("field", "band"), now)
        if chosen != now:
            source = band if chosen == "band" else field
            app.do(change(shape.id, layer=Layer(source=source.id, column=at)))


def band_of(app: Application, field: FieldItem) -> FieldItem | None:
    """The band that goes with a rebuilt field."""
    found = app.scene.children(field.owner, FieldItem)
    return next((item for item in found if item.parameters.get("of") == field.id), None)


def shown_rebuilt(app: Application) -> FieldItem | None:
    """The rebuilt field to speak of, where it belongs to the shape in focus."""
    field = current_rebuilt(app)
    return field if field is not None and app.shape is not None and field.owner == app.shape.id else None


def _moment(app: Application, field: FieldItem) -> int:
    """Which of its frames is on the stage."""
    for shape in app.scene.of(ShapeItem):
        if shape.layer is not None and shape.layer.source == field.id:
            return field.frame(shape.layer.column)
    return len(field.times) - 1
