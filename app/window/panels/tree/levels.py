"""How the numbers are spread, and between which of them the colours run: dragging an end sets it.

Dragging over the bars selects the vertices with these numbers.
"""

from __future__ import annotations

import weakref
from dataclasses import replace

import numpy as np
import polyscope.implot as implot
from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.measuring.commands import SelectBetween
from geomlearn.app.model.view.layers import Picture
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.plots import box, plot
from geomlearn.app.window.ui.widgets import Ui

BINS = 48
MOST = 50_000
"""Of more values only every so-manyth is counted: the shape of the curve does not change."""


def draw_levels(app: Application, ui: Ui, item: ShapeItem, shown: Picture) -> None:
    """The scale rule, the histogram with the two ends on it, and the ends as numbers once they are fixed."""
    rules, words = ("robust", "full", "fixed"), ("robust 1–99 %", "full", "fixed")
    changed, scale = ui.combo("Range", rules, item.layer.scale, labels=words)
    if changed:
        app.do(change(item.id, layer=replace(item.layer, scale=scale, limits=shown.limits)))
    low, high = shown.limits
    counts, centres = _counted(shown)
    span = max(float(centres[-1]), high) - min(float(centres[0]), low) or 1.0
    left, right = min(float(centres[0]), low) - 0.04 * span, max(float(centres[-1]), high) + 0.04 * span
    with plot(ui, "histogram", "", "", height=92, limits=(left, right, 0.0, 1.08), bare=True) as there:
        if not there:
            return
        implot.SetNextFillStyle((*ui.theme.accent, 0.55))
        implot.PlotBars("##counts", centres, counts, float(centres[1] - centres[0]))
        color = (*ui.theme.text, 1.0)
        for name, end in (("low end", low), ("high end", high)):
            x, y = implot.PlotToPixels(end, 0.5)
            ui.record(name, Rect(x, y, 0.0, 0.0))
        moved_low, new_low = implot.DragLineX(0, low, color, ui.px(1.6))
        moved_high, new_high = implot.DragLineX(1, high, color, ui.px(1.6))
        brushed = None if moved_low or moved_high else _brushed(ui, (low, high))
    if brushed is not None:
        app.do(SelectBetween(item.id, *brushed))
    if shown.style == "symmetric":
        # Zero keeps the neutral colour: the ends move together.
        reach = abs(new_high) if moved_high else abs(new_low)
        new_low, new_high = -reach, reach
    if moved_low or moved_high:
        set_limits(app, item, new_low, new_high)
    if item.layer.scale == "fixed":
        _numbers(app, ui, item, low, high)


def _brushed(ui: Ui, ends: tuple[float, float]) -> tuple[float, float] | None:
    """The numbers between which the mouse is dragged over the present plot, or None; near an end it moves the end."""
    global _from
    if implot.IsPlotHovered() and imgui.IsMouseClicked(0):
        x = imgui.GetMousePos()[0]
        free = all(abs(implot.PlotToPixels(end, 0.5)[0] - x) > ui.px(_NEAR) for end in ends)
        _from = implot.GetPlotMousePos()[0] if free else None
    if _from is None:
        return None
    now = implot.GetPlotMousePos()[0]
    if not imgui.IsMouseDown(0):
        _from = None
        return None
    if abs(implot.PlotToPixels(now, 0.5)[0] - implot.PlotToPixels(_from, 0.5)[0]) < ui.px(_NEAR):
        return None
    low, high = min(_from, now), max(_from, now)
    box((low, high), (0.0, 1.0), ui.theme.accent)
    return low, high


_from: float | None = None
_NEAR = 5.0
"""Pixels at scale 1 within which the mouse means the end of the colours, and below which a drag is a click."""


def set_limits(app: Application, item: ShapeItem, low: float, high: float) -> None:
    """Let the colours run from `low` to `high`, whatever the values do."""
    if high > low:
        app.do(change(item.id, layer=replace(item.layer, scale="fixed", limits=(float(low), float(high)))))


def _numbers(app: Application, ui: Ui, item: ShapeItem, low: float, high: float) -> None:
    changed, new_low = ui.input_number("From", low)
    if changed:
        set_limits(app, item, new_low, high)
    changed, new_high = ui.input_number("To", high)
    if changed:
        set_limits(app, item, low, new_high)


_last: tuple[weakref.ref[np.ndarray] | None, np.ndarray, np.ndarray] = (None, np.zeros(0), np.zeros(0))


def _counted(shown: Picture) -> tuple[np.ndarray, np.ndarray]:
    """(b,) counts as parts of the largest, and (b,) middles of the bins; counted once per picture."""
    global _last
    values = shown.values
    if _last[0] is None or _last[0]() is not values:
        some = values[:: max(1, len(values) // MOST)]
        some = some[np.isfinite(some)] if np.isfinite(some).any() else np.zeros(1)
        counts, edges = np.histogram(some, BINS)
        middles = (edges[1:] + edges[:-1]) / 2
        # The root lets the small ones be seen beside the many zeros of a bump.
        _last = weakref.ref(values), np.sqrt(counts / counts.max()), np.ascontiguousarray(middles)
    return _last[1], _last[2]
