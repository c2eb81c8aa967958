"""What moves: play, stop, and a slider over the moments of the field that is shown."""

from __future__ import annotations

import time

from polyscope import imgui

from geomlearn.app.model.commands import Steps, change
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import moment_layers
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


def moving(app: Application) -> FieldItem | None:
    """The field whose time the slider sets: the one shown on the shape in focus, or any shown one."""
    shapes = [app.shape, *app.scene.of(ShapeItem)]
    for shape in shapes:
        source = app.scene.items.get(shape.layer.source) if shape and shape.layer else None
        if isinstance(source, FieldItem) and len(source.times) > 1:
            return source
    return None


def show_moment(app: Application, time_value: float, key: str = "time") -> None:
    """Show every field on the stage at the moment nearest to `time_value`, as one step of the history."""
    commands = [change(shape_id, layer=layer) for shape_id, layer in moment_layers(app.scene, time_value).items()]
    if commands:
        now = moving(app)
        shown = now.times[abs(now.times - time_value).argmin()] if now else time_value
        word = now.moment_word if now else "t"
        app.do(Steps(f"Show {word} = {shown:.4g}", tuple(commands), key))


class Player:
    """Steps through time while it plays. Frames shown are one step of the history, not hundreds."""

    def __init__(self) -> None:
        self.playing = False
        self.frames_per_s = 20.0
        self._last_s = 0.0

    def toggle(self) -> None:
        self.playing = not self.playing

    def advance(self, app: Application) -> None:
        """Show the next moment when it is due; after the last comes the first."""
        source = moving(app) if self.playing else None
        if source is None:
            self.playing = False
            return
        now = time.monotonic()
        if now - self._last_s >= 1 / self.frames_per_s:
            self._last_s = now
            shape = next(s for s in app.scene.of(ShapeItem) if s.layer and s.layer.source == source.id)
            frame = (source.frame(shape.layer.column) + 1) % len(source.times)
            show_moment(app, float(source.times[frame]))


def draw_timeline(app: Application, ui: Ui, rect: Rect, player: Player) -> None:
    """Play and the slider; nothing when nothing moves."""
    source = moving(app)
    if source is None:
        return
    shape = next(s for s in app.scene.of(ShapeItem) if s.layer and s.layer.source == source.id)
    frame = source.frame(shape.layer.column)
    with ui.panel("timeline", rect, flags=imgui.ImGuiWindowFlags_NoScrollbar):
        if ui.icon("pause" if player.playing else "play", "play", tip="Play or stop (Space)"):
            player.toggle()
        ui.same_line()
        imgui.SetNextItemWidth(ui.width - ui.px(120))
        changed, frame = imgui.SliderInt(
            "###moment", frame, 0, len(source.times) - 1, f"{frame + 1} of {len(source.times)}"
        )
        ui.record_item("moment")
        if changed:
            player.playing = False
            show_moment(app, float(source.times[frame]))
        ui.same_line()
        ui.faint(f"{source.moment_word} = {source.times[frame]:.4g}")
