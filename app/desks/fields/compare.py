"""A solution held against a reference: which one, where it comes from, how far apart they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from geomlearn.app.desks.fields.reference import Recipe, finer, from_basis
from geomlearn.app.desks.fields.result import draw_curve, moment
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import OnePicture
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui


def draw_comparison(
    app: Application,
    ui: Ui,
    field: FieldItem,
    chosen: str,
    compare: Callable[[Application, FieldItem, str], None],
    make: Callable[[Application, FieldItem, Recipe], Any],
) -> str:
    """The widgets; returns the id of the reference chosen.

    Parameters
    ----------
    compare  puts a field beside the reference with an id, or beside its input alone for "".
    make     computes a reference, then compares.
    """
    others = references(app, field)
    if app.scene.twins(field.owner):
        _verdict(app, ui, field)
        if ui.button("Back to one picture", "single", width=-1):
            app.do(OnePicture(field.owner))
            app.look("same")
        ui.gap(2)
    if others:
        ids = [item.id for item in others]
        chosen = chosen if chosen in ids else ids[-1]
        _, chosen = ui.combo("Reference", ids, chosen, labels=[item.label for item in others])
        if ui.button("Show side by side", "compare", primary=True, width=-1):
            compare(app, field, chosen)
    else:
        ui.faint("No reference yet: drop a file of a field on this shape, or make one.")
    for name, recipe in (("finer", finer(app.scene, field)), ("from basis", from_basis(app.scene, field))):
        word = "Finer time step" if name == "finer" else "Eigenfunctions"
        if not isinstance(recipe, Recipe):
            ui.button(word, name, reason=recipe)
        else:
            reason = "This is being computed." if app.busy(recipe.target) else ""
            if ui.button(word, name, reason=reason, tip=f"Computes {recipe.title}."):
                make(app, field, recipe)
        if name == "finer":
            ui.same_line()
    if not app.scene.twins(field.owner):
        ui.same_line()
        if ui.button("Input", "input", tip="Shows the field beside what it began with."):
            compare(app, field, "")
    return chosen


def references(app: Application, field: FieldItem) -> list[FieldItem]:
    """What a field can be compared with."""
    same = app.scene.children(field.owner, FieldItem)
    return [item for item in same if item.id != field.id and item.role in ("solution", "reference")]


def _verdict(app: Application, ui: Ui, field: FieldItem) -> None:
    """How far they are apart, now and over time."""
    found = [item for item in app.scene.children(field.owner, FieldItem) if item.role == "residual"]
    if not found:
        return
    residual = found[0]
    relative, largest = residual.curves["relative error"], residual.curves["largest error"]
    at = min(moment(app, residual), len(relative) - 1)
    rows = [("relative error now", f"{relative[at]:.3g}"), ("largest error now", f"{largest[at]:.3g}")]
    if len(relative) > 1 and np.isfinite(relative).any():
        worst = int(np.nanargmax(np.where(np.isfinite(relative), relative, -1)))
        rows.append(("worst", f"{relative[worst]:.3g} at t = {residual.times[worst]:.4g}"))
    ui.pairs(rows)
    if residual.parameters.get("interpolated"):
        ui.faint("The reference has other times; it was interpolated between its frames.")
    if len(relative) > 1:
        draw_curve(app, ui, residual, "relative error")
