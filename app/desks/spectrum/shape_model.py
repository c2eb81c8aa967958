"""A shape moved along the modes of a shape model: a slider for each, one of them played, any combined."""

from __future__ import annotations

import math
import time

from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.model.forms import ShapeModelItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui

SHOWN = 8
"""Modes with a slider: what lies beyond is hardly seen."""
REACH = 3.0
"""Standard deviations to both ends of a slider."""
PLAYED, PERIOD_S = 2.0, 3.0
"""A mode that is played goes so many standard deviations to both sides, there and back in so many seconds."""


def current_model(app: Application) -> ShapeModelItem | None:
    """The shape model in focus, else the newest of the shape in focus."""
    if isinstance(app.item, ShapeModelItem):
        return app.item
    models = app.scene.children(app.shape.id, ShapeModelItem) if app.shape else ()
    return models[-1] if models else None


class ShapeModelPanel:
    """Sliders over the modes of a shape model.

    Attributes
    ----------
    playing  the mode that is played, or None.
    """

    def __init__(self) -> None:
        self.playing: int | None = None
        self._since = 0.0

    def draw(self, app: Application, ui: Ui, model: ShapeModelItem) -> None:
        shape: ShapeItem = app.scene[model.owner]
        now = _deviations(shape, model)
        ui.faint("Standard deviations from the mean along each mode; modes add up.")
        for mode in range(min(SHOWN, model.n_columns)):
            name = model.column_names()(mode)
            icon = "pause" if self.playing == mode else "play"
            if ui.icon(icon, f"play mode {mode + 1}", tip=f"Play or stop {name}"):
                self._toggle(app, model, mode, now)
            ui.same_line()
            imgui.SetNextItemWidth(ui.width)
            form = f"{name.replace('%', '%%')}: %+.2f"
            changed, value = imgui.SliderFloat(f"###mode {mode + 1}", now[mode], -REACH, REACH, form)
            ui.record_item(f"mode {mode + 1}")
            if changed:
                self.playing = None
                move(app, model, (*now[:mode], value, *now[mode + 1 :]))
        reason = "" if any(now) else "This is the mean."
        if ui.button("Back to the mean", "mean", reason=reason, width=-1):
            self.playing = None
            move(app, model, ())
        self._advance(app, model, now)

    def _toggle(self, app: Application, model: ShapeModelItem, mode: int, now: tuple[float, ...]) -> None:
        self.playing = None if self.playing == mode else mode
        # It goes on from where the slider is.
        self._since = time.monotonic() - PERIOD_S / (2 * math.pi) * math.asin(max(-1, min(1, now[mode] / PLAYED)))
        app.do(change(model.owner, layer=Layer(source=model.id, column=mode)))

    def _advance(self, app: Application, model: ShapeModelItem, now: tuple[float, ...]) -> None:
        if self.playing is None or self.playing >= len(now):
            self.playing = None
            return
        value = PLAYED * math.sin(2 * math.pi * (time.monotonic() - self._since) / PERIOD_S)
        move(app, model, (*now[: self.playing], value, *now[self.playing + 1 :]))


def move(app: Application, model: ShapeModelItem, deviations: tuple[float, ...]) -> None:
    """Move the mean so far along the modes; a row of such steps is one step of the history."""
    shape = app.scene[model.owner]
    told = tuple(round(value, 3) for value in deviations)
    app.do(change(shape.id, f"Move {shape.label} along its modes", model=model.id, deviations=told))


def _deviations(shape: ShapeItem, model: ShapeModelItem) -> tuple[float, ...]:
    """(q,) standard deviations along all modes of the model."""
    given = shape.deviations if shape.model == model.id else ()
    return (*given, *(0.0,) * (model.n_columns - len(given)))[: model.n_columns]
