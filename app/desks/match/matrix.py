"""The map matrix as an instrument: a heat map whose entries show the two eigenfunctions they join."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np
from polyscope import imgui, implot

from geomlearn.app.desks.match.stage import show_column, shown_column
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.plots import mouse_at
from geomlearn.app.window.ui.widgets import Ui

if TYPE_CHECKING:
    from geomlearn.matching.scores import MatrixScores

SIZES = (20, 50)
"""Corners of the matrix that are offered besides the whole: entries of large ones are too small to hit."""
_MAP = "balance"


class MatrixPanel:
    """The heat map of fmap_ab, with the figures that tell an isometry."""

    def __init__(self) -> None:
        self.size = str(SIZES[0])
        self._scores: weakref.WeakKeyDictionary[MatchItem, MatrixScores] = weakref.WeakKeyDictionary()

    def draw(self, app: Application, ui: Ui, match: MatchItem) -> None:
        """Draw it for a match that has a functional map."""
        k_b, k_a = match.fmap_ab.shape
        n = self._choose_size(ui, min(k_b, k_a))
        rows, columns = (n, n) if n else (k_b, k_a)
        entry = match.entry(shown_column(app, match) or 0)
        clicked = self._plot(app, ui, match, match.fmap_ab[:rows, :columns], entry)
        if clicked is not None:
            show_column(app, match, match.entry_column(*clicked))
        self._steps(app, ui, match, entry)
        self._figures(ui, match)

    def _choose_size(self, ui: Ui, k: int) -> int:
        """How many modes of each shape are drawn; 0 for all."""
        names = [str(size) for size in SIZES if size < k]
        if not names:
            return 0
        options = [*names, "all"]
        labels = [*(f"first {name}" for name in names), f"all {k}"]
        self.size = ui.choice("size", options, self.size if self.size in options else "all", labels)
        return 0 if self.size == "all" else int(self.size)

    def _plot(
        self, app: Application, ui: Ui, match: MatchItem, c: np.ndarray, entry: tuple[int, int] | None
    ) -> tuple[int, int] | None:
        """Draw the matrix with row 0 on top; returns the entry that was clicked."""
        rows, columns = c.shape
        label_a, label_b = app.scene[match.shape_a].label, app.scene[match.shape_b].label
        _colors(ui)
        shown = implot.BeginPlot("##matrix", (-1.0, ui.width * rows / columns), implot.ImPlotFlags_CanvasOnly)
        clicked = None
        try:
            if shown:
                quiet = implot.ImPlotAxisFlags_NoGridLines | implot.ImPlotAxisFlags_NoHighlight
                quiet |= implot.ImPlotAxisFlags_NoTickMarks | implot.ImPlotAxisFlags_Lock
                down = quiet | implot.ImPlotAxisFlags_Invert
                implot.SetupAxes(f"j: mode of {label_a}", f"i: mode of {label_b}", quiet, down)
                limits = (-0.5, columns - 0.5, -0.5, rows - 0.5)
                implot.SetupAxesLimits(*limits, implot.ImPlotCond_Always)
                self._cells(c)
                clicked = self._pointing(ui, c, entry)
        finally:
            if shown:
                implot.EndPlot()
                ui.record_item("matrix")
            implot.PopStyleColor(4)
        return clicked

    def _cells(self, c: np.ndarray) -> None:
        rows, columns = c.shape
        top = float(np.abs(c).max()) or 1.0
        if implot.GetColormapIndex(_MAP) < 0:
            implot.AddColormap(_MAP, [(*map(float, color), 1.0) for color in colormap(_MAP)[::5]], False)
        implot.PushColormap(_MAP)
        low, high = (-0.5, -0.5), (columns - 0.5, rows - 0.5)
        # The memory must hold row after row although the binding asks for Fortran order; its first row is drawn last.
        values = np.ascontiguousarray(c[::-1], float).ravel().reshape(c.shape, order="F")
        implot.PlotHeatmap("##C", values, -top, top, "", low, high)
        implot.PopColormap()

    def _pointing(self, ui: Ui, c: np.ndarray, entry: tuple[int, int] | None) -> tuple[int, int] | None:
        rows, columns = c.shape
        if entry is not None and entry[0] < rows and entry[1] < columns:
            _frame(ui, *entry)
        if not implot.IsPlotHovered():
            return None
        x, y = implot.GetPlotMousePos()
        i, j = round(y), round(x)
        if not (0 <= i < rows and 0 <= j < columns):
            return None
        imgui.SetTooltip(f"C[{i}, {j}] = {c[i, j]:.3g}\nClick to show both modes")
        return (i, j) if mouse_at() is not None else None

    def _steps(self, app: Application, ui: Ui, match: MatchItem, entry: tuple[int, int] | None) -> None:
        """The same without a mouse: one slider per shape."""
        i, j = entry or (0, 0)
        k_b, k_a = match.fmap_ab.shape
        with columns("modes") as next_column:
            moved_j, j = ui.slider_int(f"j on {app.scene[match.shape_a].label}", j, 0, k_a - 1)
            next_column()
            moved_i, i = ui.slider_int(f"i on {app.scene[match.shape_b].label}", i, 0, k_b - 1)
        if moved_i or moved_j:
            show_column(app, match, match.entry_column(i, j))
        if entry is None:
            ui.faint("Click an entry: mode j shows on A, mode i on B. Orange is positive, blue negative.")

    def _figures(self, ui: Ui, match: MatchItem) -> None:
        if match.basis_a is None or match.basis_b is None:
            return
        if match not in self._scores:
            # Pulled in only once there is a matrix to judge.
            from geomlearn.matching.scores import matrix_scores

            self._scores[match] = matrix_scores(match.fmap_ab, match.basis_a, match.basis_b)
        found = self._scores[match]
        ui.pairs(
            (
                ("Energy on the diagonal", f"{100 * found.diagonal:.0f} %  (isometry 100)"),
                ("Orthogonality defect", f"{found.orthogonality:.3f}  (areas kept: 0)"),
                ("Commutativity defect", f"{found.commutativity:.3f}  (lengths kept: 0)"),
            )
        )


def _colors(ui: Ui) -> None:
    implot.PushStyleColor(implot.ImPlotCol_FrameBg, (*ui.theme.panel, 0.0))
    implot.PushStyleColor(implot.ImPlotCol_PlotBg, (*ui.theme.raised, 0.55))
    implot.PushStyleColor(implot.ImPlotCol_PlotBorder, (*ui.theme.line, 1.0))
    implot.PushStyleColor(implot.ImPlotCol_AxisText, (*ui.theme.faint, 1.0))


def _frame(ui: Ui, i: int, j: int) -> None:
    """A frame around the entry that is shown."""
    implot.PushPlotClipRect()
    low, high = implot.PlotToPixels(j - 0.5, i - 0.5), implot.PlotToPixels(j + 0.5, i + 0.5)
    corners = (min(low[0], high[0]) - 1, min(low[1], high[1]) - 1), (max(low[0], high[0]) + 1, max(low[1], high[1]) + 1)
    lines = implot.GetPlotDrawList()
    lines.AddRect(*corners, imgui.GetColorU32((*ui.theme.panel, 1.0)), 0.0, 0, ui.px(4))
    lines.AddRect(*corners, imgui.GetColorU32((*ui.theme.accent, 1.0)), 0.0, 0, ui.px(2))
    implot.PopPlotClipRect()
