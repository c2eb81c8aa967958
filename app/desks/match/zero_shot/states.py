"""The way to a match by training: a slider over the states, their four matrices, and the curves of the losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from polyscope import implot

from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.plots import SECOND, key, line, plot, points
from geomlearn.app.window.ui.widgets import Ui

MATRICES = {
    "raw": "C of the features",
    "mask": "mask",
    "regularized": "C under the mask",
    "proper": "C of a point map",
}
CURVES = ("loss_proper", "loss_sds", "disorder")
_SIGNED, _POSITIVE = "balance", "ember"


def states_of(result: Any) -> Mapping[str, np.ndarray]:
    """By name, the matrices (s, k, k) and figures (s,) of the states a match went through; empty for other matches."""
    story = getattr(result, "stats", {}).get("zero_shot")
    if story is None:
        return {}
    found = {name: np.stack([state[name] for state in story["steps"]]).astype(np.float32) for name in MATRICES}
    return {
        **found,
        "step": np.array([state["step"] for state in story["steps"]]),
        **{name: np.array([row[name] for row in story["history"]]) for name in CURVES},
        "best": np.array([story["best_step"]]),
    }


class StatesPanel:
    """The states of a match, one at a time."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}

    def show(self, match: MatchItem, at: int) -> None:
        """Go to state number `at` of a match."""
        self._at[match.id] = at

    def draw(self, ui: Ui, match: MatchItem) -> None:
        """Draw it for a match with states; the best one shows first."""
        steps, best = match.states["step"], int(match.states["best"][0])
        at = self._at.get(match.id, int(np.flatnonzero(steps == best)[0]))
        if len(steps) > 1:
            _, at = ui.slider_int(f"State {at + 1} of {len(steps)}: after {_counted(steps[at])}", at, 0, len(steps) - 1)
            self.show(match, at)
            self._curves(ui, match.states, at)
        for row in (("raw", "mask"), ("regularized", "proper")):
            with columns("-".join(row)) as next_column:
                for number, name in enumerate(row):
                    if number:
                        next_column()
                    ui.faint(MATRICES[name])
                    _heat(ui, name, match.states[name][at])
        ui.text(f"The state after {_counted(best)} was refined: its two directions contradict each other least.")

    def _curves(self, ui: Ui, states: Mapping[str, np.ndarray], at: int) -> None:
        steps = states["step"]
        with plot(ui, "losses", "steps", "over the first", height=120) as shown:
            if shown:
                for name, color in zip(CURVES, (ui.theme.accent, SECOND, ui.theme.faint), strict=True):
                    curve = states[name] / max(float(np.abs(states[name][0])), 1e-12)
                    line(ui, name, steps, curve, color)
                    points(ui, f"{name} here", steps[at : at + 1], curve[at : at + 1], color, size=4)
        key(ui, (ui.theme.accent, "proper"), (SECOND, "score distillation"), (ui.theme.faint, "contradiction"))


def _heat(ui: Ui, name: str, matrix: np.ndarray) -> None:
    """A matrix with row 0 on top, in the colours of signed or of positive numbers."""
    signed = name != "mask"
    chosen = _SIGNED if signed else _POSITIVE
    k_b, k_a = matrix.shape
    if implot.GetColormapIndex(chosen) < 0:
        implot.AddColormap(chosen, [(*map(float, color), 1.0) for color in colormap(chosen)[::5]], False)
    flags = implot.ImPlotFlags_CanvasOnly | implot.ImPlotFlags_NoInputs
    # A negative width would reach beyond the column, and the right of the matrix be cut off.
    if not implot.BeginPlot(f"##{name}", (ui.width, ui.width * k_b / k_a), flags):
        return
    bare = implot.ImPlotAxisFlags_NoDecorations | implot.ImPlotAxisFlags_Lock
    implot.SetupAxes("", "", bare, bare)
    implot.SetupAxesLimits(0.0, float(k_a), 0.0, float(k_b), implot.ImPlotCond_Always)
    top = float(np.quantile(np.abs(matrix), 0.995)) or 1.0
    implot.PushColormap(chosen)
    # The memory must hold row after row although the binding asks for Fortran order; its first row is drawn on top.
    values = np.ascontiguousarray(matrix, float).ravel().reshape(matrix.shape, order="F")
    implot.PlotHeatmap(
        f"##{name} entries", values, -top if signed else 0.0, top, "", (0.0, 0.0), (float(k_a), float(k_b))
    )
    implot.PopColormap()
    implot.EndPlot()
    ui.record_item(name)


def _counted(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"
