"""The shape rebuilt from its first modes, and how far off that is."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.spectrum.facts import rebuild_errors
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.plots import line, plot, points
from geomlearn.app.window.ui.widgets import Ui


def draw_rebuild(app: Application, ui: Ui, shape: ShapeItem, basis: BasisItem) -> None:
    """A slider over how many modes make the shape, and how far off it then is."""
    mine = shape.rebuilt_from == basis.id
    k = shape.rebuilt_k if mine else 0
    changed, k = ui.slider_int("Modes (0 shows the shape itself)", k, 0, basis.basis.k)
    if changed:
        app.do(change(shape.id, f"Rebuild {shape.label} from {k} modes", rebuilt_from=basis.id, rebuilt_k=k))
    errors = rebuild_errors(basis, shape)
    with plot(ui, "errors", "modes", "relative error", height=140) as shown:
        if shown:
            line(ui, "error", np.arange(len(errors)), errors, ui.theme.accent)
            points(ui, "##now", np.array([k]), errors[k : k + 1], ui.theme.text, size=4)
    ui.text(f"With {k} modes the coordinates are {100 * errors[k]:.2f} % off." if k else "Not rebuilt.")
