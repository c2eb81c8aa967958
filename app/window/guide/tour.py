"""Five cards beside what they explain. They can be skipped at any time, and do not come back by themselves."""

from __future__ import annotations

from typing import NamedTuple

from polyscope import imgui

from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Layout, Rect
from geomlearn.app.window.ui.widgets import Ui


class Stop(NamedTuple):
    """A part of the layout, and what is said of it."""

    part: str
    title: str
    words: str


STOPS = (
    Stop(
        "stage",
        "The stage",
        "Drag turns it, the wheel zooms, Shift+drag moves it. A click chooses a shape, F frames all.",
    ),
    Stop(
        "left",
        "What stands on it",
        "The eye hides. Below: colours, their range, material, place, cuts and faults of the shape chosen.",
    ),
    Stop(
        "right",
        "Desks",
        "Spectra, matches, fields, sensors, training. What a button starts runs beside it, and can be stopped.",
    ),
    Stop(
        "bottom",
        "History",
        "Every step. Click one to be there again; right-click it to copy it as a command or as Python.",
    ),
    Stop(
        "top",
        "Everything else",
        "Ctrl+K finds any command, method or file by its words. H lists all keys, D measures, Ctrl+` is Python.",
    ),
)
WIDTH, HEIGHT = 330.0, 138.0
"""Of a card, at scale 1."""


def begin_tour(app: Application) -> None:
    """Show the first card; from now on it does not come by itself, however this window ends."""
    app.preferences.change(toured=True)
    app.show_panels(True)
    app.guide_to(1)


def draw_tour(app: Application, ui: Ui, place: Layout) -> None:
    """The card of the present step, beside a frame around what it is about."""
    if not 1 <= app.guide <= len(STOPS) or app.page or not app.panels:
        return
    stop = STOPS[app.guide - 1]
    about: Rect = getattr(place, stop.part)
    color = imgui.GetColorU32((*ui.theme.accent, 1.0))
    lines = imgui.GetForegroundDrawList()
    lines.AddRect((about.x, about.y), (about.right, about.bottom), color, ui.px(8), 0, ui.px(2))
    with ui.panel("tour", _beside(about, place.stage, ui), front=True, flags=imgui.ImGuiWindowFlags_NoFocusOnAppearing):
        ui.heading(stop.title, 1.15)
        ui.text(stop.words)
        ui.gap(2)
        last = app.guide == len(STOPS)
        if ui.button("Done" if last else f"Next ({app.guide} of {len(STOPS)})", "next", primary=True):
            app.guide_to(0 if last else app.guide + 1)
        if not last:
            ui.same_line()
            if ui.button("Skip the tour", "skip", tip="Esc. Ctrl+K “tour” shows it again."):
                app.guide_to(0)
        ui.heights["tour"] = imgui.GetCursorPosY() + ui.px(8)


def _beside(about: Rect, stage: Rect, ui: Ui) -> Rect:
    """On the stage, as near to what the card is about as it can be."""
    width = min(ui.px(WIDTH), stage.w)
    height = ui.heights.get("tour", ui.px(HEIGHT))
    x = min(max(about.centre[0] - width / 2, stage.x), max(stage.right - width, stage.x))
    y = min(max(about.centre[1] - height / 2, stage.y + ui.px(8)), max(stage.bottom - height, stage.y))
    return Rect(x, y, width, height)
