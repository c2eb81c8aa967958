"""Plots that look like the rest of the window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import polyscope.imgui as imgui
import polyscope.implot as implot

from geomlearn.app.window.ui.theme import RGB, rgb
from geomlearn.app.window.ui.widgets import Ui

FIT = implot.ImPlotAxisFlags_AutoFit | implot.ImPlotAxisFlags_NoHighlight
QUIET = implot.ImPlotFlags_NoTitle | implot.ImPlotFlags_NoMenus | implot.ImPlotFlags_NoBoxSelect
QUIET |= implot.ImPlotFlags_NoLegend | implot.ImPlotFlags_NoMouseText

SECOND: RGB = rgb("#c26a12")
"""The second line of a plot; told from the accent by lightness as well."""


@contextmanager
def plot(
    ui: Ui,
    name: str,
    x: str,
    y: str,
    *,
    height: float = 190,
    limits: tuple[float, float, float, float] | None = None,
    bare: bool = False,
) -> Iterator[bool]:
    """A plot with named axes.

    Parameters
    ----------
    height  in pixels at scale 1.
    limits  (x low, x high, y low, y high), always these; None fits the data.
    bare    without numbers at the upright axis, which then counts nothing that matters.
    """
    implot.PushStyleColor(implot.ImPlotCol_FrameBg, (*ui.theme.panel, 0.0))
    implot.PushStyleColor(implot.ImPlotCol_PlotBg, (*ui.theme.raised, 0.55))
    implot.PushStyleColor(implot.ImPlotCol_PlotBorder, (*ui.theme.line, 1.0))
    implot.PushStyleColor(implot.ImPlotCol_AxisText, (*ui.theme.faint, 1.0))
    implot.PushStyleColor(implot.ImPlotCol_AxisGrid, (*ui.theme.faint, 0.18))
    shown = implot.BeginPlot(f"##{name}", (-1.0, ui.px(height)), QUIET)
    try:
        if shown:
            flags = 0 if limits else FIT
            implot.SetupAxes(x, y, flags, flags | (implot.ImPlotAxisFlags_NoDecorations if bare else 0))
            if limits:
                implot.SetupAxesLimits(*limits, implot.ImPlotCond_Always)
        yield shown
    finally:
        if shown:
            implot.EndPlot()
            ui.record_item(name)
        implot.PopStyleColor(5)


def line(
    ui: Ui, name: str, x: np.ndarray, y: np.ndarray, color: RGB, *, weight: float = 1.8, dots: bool = False
) -> None:
    """A line, with dots on its points when they are few."""
    implot.SetNextLineStyle((*color, 1.0), ui.px(weight))
    if dots:
        implot.SetNextMarkerStyle(implot.ImPlotMarker_Circle, ui.px(2.2), (*color, 1.0), 0.0, (*color, 1.0))
    implot.PlotLine(name, np.ascontiguousarray(x, float), np.ascontiguousarray(y, float))


def points(ui: Ui, name: str, x: np.ndarray, y: np.ndarray, color: RGB, *, size: float = 3.0) -> None:
    """Dots alone."""
    implot.SetNextMarkerStyle(implot.ImPlotMarker_Circle, ui.px(size), (*color, 1.0), 0.0, (*color, 1.0))
    implot.PlotScatter(name, np.ascontiguousarray(x, float), np.ascontiguousarray(y, float))


def bars(ui: Ui, name: str, x: np.ndarray, y: np.ndarray, color: RGB, *, width: float = 0.7) -> None:
    """Upright bars."""
    implot.SetNextFillStyle((*color, 1.0))
    implot.PlotBars(name, np.ascontiguousarray(x, float), np.ascontiguousarray(y, float), width)


def key(ui: Ui, *entries: tuple[RGB, str]) -> None:
    """What the colours of a plot mean, under it, where it hides no data."""
    for number, (color, label) in enumerate(entries):
        if number:
            ui.same_line(12)
            if imgui.CalcTextSize(label)[0] + ui.px(14) > ui.width:
                imgui.NewLine()
        x, y = imgui.GetCursorScreenPos()
        middle = y + imgui.GetTextLineHeight() / 2
        imgui.GetWindowDrawList().AddCircleFilled((x + ui.px(4), middle), ui.px(4), imgui.GetColorU32((*color, 1.0)))
        imgui.Dummy((ui.px(8), 0))
        ui.same_line(5)
        ui.faint(label)


def mouse_at() -> tuple[float, float] | None:
    """Where in the present plot the mouse was clicked, in its axes, or None. Call between begin and end of a plot."""
    if implot.IsPlotHovered() and imgui.IsMouseReleased(0) and imgui.GetMouseDragDelta(0) == (0.0, 0.0):
        return implot.GetPlotMousePos()
    return None


def box(x: tuple[float, float], y: tuple[float, float], color: RGB, alpha: float = 0.22) -> None:
    """A filled rectangle behind the data, in the axes of the present plot."""
    implot.PushPlotClipRect()
    low, high = implot.PlotToPixels(x[0], y[1]), implot.PlotToPixels(x[1], y[0])
    implot.GetPlotDrawList().AddRectFilled(low, high, imgui.GetColorU32((*color, alpha)), 3.0)
    implot.PopPlotClipRect()
