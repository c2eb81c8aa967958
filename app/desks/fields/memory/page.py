"""The page itself: the inspector, and the noise brush that disturbs the field in focus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.desks.fields.memory.inspector import CURVES, SIZES, draw_inspector
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import OnePicture, series_of
from geomlearn.app.model.forecasts import DisturbedForecasts, forecasts_of
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.operators.sequence.frozen.options import DisturbanceOptions, Disturbed

if TYPE_CHECKING:
    from geomlearn.operators.sequence.systems.curves import TransferCurves

DISTURB = "geomlearn.operators.sequence.frozen.readout:disturb_field"
_FRAMES = 12


@dataclass
class Memory:
    """The person's choice, and what was computed for it last.

    Attributes
    ----------
    part       "Systems" or "Disturb".
    n, gamma   of the inspector.
    frequency  of the tone beside S4D's top frequency;  amplitude  beside the size of the field.
    vertex     where the tone is painted.
    curves     for the n and gamma `asked` for.
    """

    part: str = "Systems"
    n: int = 32
    gamma: float = 20.0
    frequency: float = 1.0
    amplitude: float = 0.1
    vertex: int = 0
    curves: TransferCurves | None = None
    asked: tuple[int, float] | None = None

    def options(self) -> DisturbanceOptions:
        """What the brush paints with."""
        return DisturbanceOptions(
            gamma=self.gamma, frequency=self.frequency, amplitude=self.amplitude, vertex=self.vertex
        )

    def kept(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("part", "n", "gamma", "frequency", "amplitude", "vertex")}

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Memory:
        memory = cls(**{name: kept[name] for name in cls().kept() if name in kept})
        memory.n = memory.n if memory.n in SIZES else 32
        return memory


def needs_series(app: Application, field: FieldItem | None) -> str:
    """Why nothing can be disturbed now."""
    if field is None or len(field.times) < _FRAMES:
        return f"Solve an equation in time first: a series of {_FRAMES} frames or more is disturbed."
    if field.values.ndim != 2:
        return "Choose a field of one function."
    return "A field is being disturbed." if app.busy(DISTURB) else ""


def needs_inspection(app: Application) -> str:
    """Why no curves can be computed now."""
    return "The curves are being computed." if app.busy(CURVES) else ""


def draw_memory(app: Application, ui: Ui, memory: Memory, field: FieldItem | None) -> None:
    """One of the two parts."""
    memory.part = ui.choice("part", ("Systems", "Disturb"), memory.part)
    ui.gap(2)
    if memory.part == "Systems":
        draw_inspector(app, ui, memory)
    else:
        _draw_brush(app, ui, memory, field)


def disturb(app: Application, memory: Memory, field: FieldItem) -> None:
    """Paint the tone on the field and forecast it; the pictures then stand side by side."""
    shape, options = app.scene[field.owner], memory.options()

    def arrived(found: Disturbed) -> None:
        if field.id in app.scene and app.do(DisturbedForecasts(field.id, found, options)):
            app.focus_on(field.id)
            app.look("front")

    app.submit(f"Disturb {field.label}", DISTURB, series_of(field), shape.shape, options, on_result=arrived)


def _draw_brush(app: Application, ui: Ui, memory: Memory, field: FieldItem | None) -> None:
    tip = "1 is the frequency at which S4D's transfer function has its highest spike."
    _, memory.frequency = ui.slider_float("Frequency beside S4D's spike", memory.frequency, 0.01, 1.2, tip=tip)
    _, memory.amplitude = ui.slider_float("Amplitude beside the field", memory.amplitude, 0.0, 1.0)
    ui.faint(f"Painted around vertex {memory.vertex}. Click on the shape to choose another.")
    reason = needs_series(app, field)
    if ui.button("Disturb and forecast", "disturb", primary=True, reason=reason, width=-1):
        app.run("fields.disturb")
    made = forecasts_of(app.scene, field) if field is not None else []
    if not made:
        ui.faint(
            "Each mode of the field drives a memory; a read-out fitted to the clean field tells the next frame. "
            "Painted field, truth and the forecasts of S4D and S4-PTD then stand side by side."
        )
        return
    if ui.button("Back to one picture", "single", width=-1):
        app.do(OnePicture(field.owner))
        app.look("same")
    _draw_errors(ui, [item for item in made if item.curves])


def _draw_errors(ui: Ui, forecasts: list[FieldItem]) -> None:
    """How far each forecast is off, over time."""
    ui.label("Relative error under the tone")
    errors = [np.log10(np.maximum(item.curves["error"], 1e-6)) for item in forecasts]
    colors = (plots.SECOND, ui.theme.accent)
    with plots.plot(ui, "errors", "time", "log10 of the error", height=170) as shown:
        if shown:
            for item, error, color in zip(forecasts, errors, colors, strict=False):
                plots.line(ui, item.names[0], item.times, error, color)
    plots.key(ui, *((color, item.names[0]) for item, color in zip(forecasts, colors, strict=False)))
    ui.pairs([(f"{item.names[0]}, median", f"{np.median(item.curves['error']):.3g}") for item in forecasts])
