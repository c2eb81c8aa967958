"""The eigenvalue curve, with Weyl's law and a second basis beside it."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.spectrum.facts import clusters, weyl_ratio
from geomlearn.app.desks.spectrum.modes import show_mode, shown_mode
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.plots import SECOND, box, key, line, mouse_at, plot, points
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.spectral.compare import weyl_eigenvalues


def draw_eigenvalues(app: Application, ui: Ui, basis: BasisItem, other: BasisItem | None) -> None:
    """The eigenvalue curve with Weyl's line; a click shows the mode."""
    evals = basis.basis.evals
    index = np.arange(len(evals))
    top = max(float(evals[-1]), float(other.basis.evals[-1]) if other else 0.0, 1e-12)
    last = max(len(evals), len(other.basis.evals) if other else 0)
    with plot(ui, "eigenvalues", "mode", "λ", limits=(-0.02 * last, 1.02 * last, -0.04 * top, 1.06 * top)) as shown:
        if not shown:
            return
        for run in clusters(basis):
            span = float(evals[run[-1]] - evals[run[0]])
            middle, height = (evals[run[0]] + evals[run[-1]]) / 2, max(span, 0.05 * top)
            box((run[0] - 0.5, run[-1] + 0.5), (middle - height / 2, middle + height / 2), ui.theme.accent)
        area = float(basis.basis.mass.sum())
        line(ui, "Weyl: 4π i / area", index, weyl_eigenvalues(area, len(evals)), ui.theme.faint, weight=1.0)
        if other is not None:
            line(ui, other.label, np.arange(other.basis.k), other.basis.evals, SECOND)
        line(ui, basis.label, index, evals, ui.theme.accent)
        mode = shown_mode(app, basis)
        points(ui, "##now", np.array([mode]), evals[mode : mode + 1], ui.theme.text, size=4)
        at = mouse_at()
    if at is not None:
        show_mode(app, basis, round(at[0]))
    beside = [(SECOND, other.label)] if other is not None else []
    key(ui, (ui.theme.accent, basis.label), *beside, (ui.theme.faint, "Weyl's law"))
    slope = weyl_ratio(basis)
    ui.faint(f"Slope against Weyl's law: {slope:.3f}. Boxes hold near-equal eigenvalues. Click to show a mode.")
