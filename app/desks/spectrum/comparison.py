"""Two bases against each other: cosines of the modes, overlap of the spans, signs."""

from __future__ import annotations

import numpy as np
import polyscope.implot as implot

from geomlearn.app.desks.spectrum.modes import shown_mode
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.plots import SECOND, key, line, plot
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.spectral.compare import Comparison


def draw_comparison(app: Application, ui: Ui, basis: BasisItem, other: BasisItem, result: Comparison | None) -> None:
    """Mode by mode, and span by span."""
    if result is None:
        ui.faint("Comparing…")
        return
    k = len(result.products)
    with plot(ui, "cosines", "mode", "", height=150, limits=(-0.02 * k, 1.02 * k, 0.0, 1.05)) as shown:
        if shown:
            implot.SetNextFillStyle((*ui.theme.accent, 0.8))
            implot.PlotBars("cosine of each mode", np.ascontiguousarray(np.abs(result.products)), 0.8)
            line(ui, "overlap of the spans", np.arange(k), result.overlaps, SECOND)
    key(ui, (ui.theme.accent, "cosine of each mode"), (SECOND, "overlap of the spans"))
    mode = min(shown_mode(app, basis), k - 1)
    name = basis.column_names()(mode)
    ui.text(
        f"{name}: cosine {abs(result.products[mode]):.4f}, overlap of the first {mode + 1}: {result.overlaps[mode]:.4f}"
    )
    apart = pointing_apart(basis, other, result)
    reason = "" if apart else "All signs agree already."
    if ui.button("Align signs", "align", reason=reason, tip=f"Flips {len(apart)} modes of {other.label}"):
        align_signs(app, basis, other, result)


def pointing_apart(basis: BasisItem, other: BasisItem, result: Comparison) -> set[int]:
    """Modes that have opposite signs in the two bases, as they are shown."""
    return {i for i, product in enumerate(result.products) if basis.sign(i) * other.sign(i) * product < 0}


def align_signs(app: Application, basis: BasisItem, other: BasisItem, result: Comparison) -> None:
    """Flip the modes of `other` that point away from those of `basis`."""
    flipped = tuple(sorted(set(other.flipped) ^ pointing_apart(basis, other, result)))
    app.do(change(other.id, f"Align the signs of {other.label} with {basis.label}", flipped=flipped))
