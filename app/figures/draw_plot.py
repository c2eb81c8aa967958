"""Draw plots with PyVista, off screen. Imported by the child process only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyvista as pv

from geomlearn.app.figures.plot import Plot
from geomlearn.app.model.view.marks import PALETTE

_STROKES = ("-", "--", "-.", ":")
_INK = (0.12, 0.12, 0.14)


@contextmanager
def posed_plot(plot: Plot, set_font: Any) -> Iterator[pv.Plotter]:
    """A plotter that shows the curves; `set_font` gives text its type."""
    plotter = pv.Plotter(off_screen=True, window_size=list(plot.size), border=False)
    try:
        plotter.set_background("white")
        plotter.add_chart(_chart(plot, set_font))
        yield plotter
    finally:
        plotter.close()


def _chart(plot: Plot, set_font: Any) -> pv.Chart2D:
    chart, text_px = pv.Chart2D(), round(plot.size[1] / 30)
    for number, line in enumerate(plot.lines):
        stroke = _STROKES[number % len(_STROKES)]
        look = {"width": plot.size[1] / 250, "style": stroke, "label": line.label}
        chart.line(line.x, line.y, color=tuple(PALETTE[number % len(PALETTE)]), **look)
    chart.x_label, chart.y_label = plot.x_label, plot.y_label
    chart.x_range, chart.y_range = list(plot.x_range), list(plot.y_range)
    # Room for the last number at each end.
    chart.size, chart.loc = (0.96, 0.97), (0.0, 0.0)
    for axis in (chart.x_axis, chart.y_axis):
        axis.tick_count = 6
        for style, size in ((axis.GetTitleProperties(), text_px), (axis.GetLabelProperties(), round(0.9 * text_px))):
            set_font(style)
            style.SetFontSize(size)
            style.BoldOff()
            style.SetColor(*_INK)
    chart.legend_visible = True
    legend = chart.GetLegend()
    # At the lower right: curves of errors rise.
    legend.SetHorizontalAlignment(legend.RIGHT)
    legend.SetVerticalAlignment(legend.BOTTOM)
    legend.SetLabelSize(text_px)
    legend.SetPadding(round(0.4 * text_px))
    legend.SetSymbolWidth(3 * text_px)
    set_font(legend.GetLabelProperties())
    legend.GetPen().SetOpacityF(0.25)
    return chart
