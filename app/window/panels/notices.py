"""Messages over the stage."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.window.application import Application
from geomlearn.app.window.notices import Notice
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.theme import mix
from geomlearn.app.window.ui.widgets import Ui


def draw_notices(app: Application, ui: Ui, stage: Rect) -> None:
    """Messages as cards at the top right of the stage, newest last."""
    app.notices.tidy()
    width = min(ui.px(380), stage.w - ui.px(16))
    y = stage.y + ui.px(64)
    for number, notice in enumerate(list(app.notices.shown)):
        y += _notice(app, ui, notice, number, Rect(stage.right - width, y, width, 0)) + ui.px(6)


def _notice(app: Application, ui: Ui, notice: Notice, number: int, rect: Rect) -> float:
    color = {"error": ui.theme.error, "warning": ui.theme.warn}.get(notice.kind, ui.theme.link)
    imgui.SetNextWindowPos((rect.x, rect.y))
    imgui.SetNextWindowSize((rect.w, 0.0))
    flags = imgui.ImGuiWindowFlags_NoTitleBar | imgui.ImGuiWindowFlags_NoMove | imgui.ImGuiWindowFlags_NoSavedSettings
    flags |= (
        imgui.ImGuiWindowFlags_AlwaysAutoResize
        | imgui.ImGuiWindowFlags_NoFocusOnAppearing
        | imgui.ImGuiWindowFlags_NoResize
    )
    imgui.PushStyleColor(imgui.ImGuiCol_Border, (*mix(ui.theme.line, color, 0.6), 1.0))
    imgui.Begin(f"###notice {id(notice)}", flags)
    imgui.PopStyleColor()
    try:
        with ui.scope(f"notice {number}"):
            _words(app, ui, notice, color, rect.w)
        return imgui.GetWindowHeight()
    finally:
        imgui.End()


def _words(app: Application, ui: Ui, notice: Notice, color: tuple[float, float, float], width: float) -> None:
    side = imgui.GetFrameHeight()
    imgui.PushTextWrapPos(width - side - ui.px(16))
    repeated = f"  ({notice.count}×)" if notice.count > 1 else ""
    imgui.TextColored((*(color if notice.kind != "news" else ui.theme.text), 1.0), "")
    imgui.SameLine(0.0, 0.0)
    imgui.PushStyleColor(imgui.ImGuiCol_Text, (*(color if notice.kind != "news" else ui.theme.text), 1.0))
    imgui.TextUnformatted(notice.message + repeated)
    imgui.PopStyleColor()
    imgui.PopTextWrapPos()
    imgui.SameLine(width - side - ui.px(8))
    if ui.icon("close", "dismiss", tip="Dismiss (Esc)"):
        app.notices.dismiss(notice)
    if notice.hint:
        ui.text(notice.hint)
    for label, work in notice.buttons:
        if ui.button(label):
            app.notices.dismiss(notice)
            app.guard(label, work)
        ui.same_line()
    if notice.details:
        if ui.link("Hide details" if notice.open else "Show details", "details"):
            notice.open = not notice.open
        ui.same_line()
        if ui.link("Copy", "copy"):
            app.copy(f"{notice.message} {notice.hint}\n{notice.details}", "the message with its details")
        if notice.open:
            with ui.child("stack", (0, ui.px(160)), border=True):
                imgui.TextUnformatted(notice.details)
