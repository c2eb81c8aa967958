"""The first five minutes: what to do with an empty stage, and with shapes nothing has been computed for yet."""

from __future__ import annotations

from functools import partial

from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

STEPS = (
    ("Open", "file.open"),
    ("Spectrum", "spectrum.compute"),
    ("Match", "match.compute"),
    ("Solve", "fields.compute"),
)
"""The four verbs, each with the action it does."""


def draw_welcome(app: Application, ui: Ui, stage: Rect) -> None:
    """The empty state says what to do next."""
    if app.scene.items or app.page or app.busy():
        return
    width, height = min(ui.px(420), stage.w - ui.px(8)), ui.px(138)
    rect = Rect(stage.centre[0] - width / 2, stage.centre[1] - height / 2, width, height)
    with ui.panel("welcome", rect):
        ui.heading("Drop a shape here", 1.35)
        ui.faint("A mesh, a point cloud, or a session folder. Or start from shapes that are built in.")
        ui.gap(2)
        if ui.button("Open…", "open", primary=True):
            app.run("file.open")
        ui.same_line()
        if ui.button("Built-in shapes", "builtin"):
            app.run("file.samples")


def offers_steps(app: Application) -> bool:
    """Whether the four verbs stand at the foot of the stage: until the first result is there."""
    return all(isinstance(item, ShapeItem) for item in app.scene)


def draw_steps(app: Application, ui: Ui, rect: Rect) -> None:
    """Open · Spectrum · Match · Solve, each with its key; grey, with the reason, while it cannot be done."""
    if rect.h <= 0:
        return
    flags = imgui.ImGuiWindowFlags_NoScrollbar | imgui.ImGuiWindowFlags_NoScrollWithMouse
    with ui.panel("steps", rect, flags=flags, padding=False):
        imgui.SetCursorPosY((rect.h - imgui.GetFrameHeight()) / 2)
        width = (ui.width - ui.px(4) * (len(STEPS) - 1)) / len(STEPS)
        offered = [(word, app.actions[key]) for word, key in STEPS]
        reasons = [app.guard(action.title, partial(action.when, app)) or "" for _, action in offered]
        # The last verb that is possible is where the way leads next.
        likely = 0 if not app.scene.items else 2 if not reasons[2] else 1
        for number, ((word, action), reason) in enumerate(zip(offered, reasons, strict=True)):
            keyed = f"{word}   {action.keys[0]}"
            label = keyed if imgui.CalcTextSize(keyed)[0] + ui.px(18) < width else word
            if ui.button(label, word, primary=number == likely, reason=reason, tip=action.title, width=width):
                _do(app, action.id)
            ui.same_line(4)


def _do(app: Application, action_id: str) -> None:
    """Do it on the desk it belongs to."""
    group = action_id.partition(".")[0]
    if group in app.desks:
        app.show_desk(group)
    app.run(action_id)
