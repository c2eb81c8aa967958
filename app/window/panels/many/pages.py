"""The bar that turns pages of many shapes, and chooses how many stand on one and in which order."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.model.commands import Command
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.many.order import ORDERS
from geomlearn.app.model.many.pages import SIZES, USUAL, Turn, n_pages
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

MANY = 8
"""More shapes than that do not stand in one row: the bar is offered."""


def offers_pages(app: Application) -> bool:
    """Whether there are so many shapes that pages help."""
    return len(app.scene.shapes) > MANY


def draw_pages(app: Application, ui: Ui, rect: Rect) -> None:
    """Back, which page, on; shapes on a page; the order."""
    if rect.h <= 0:
        return
    stage, last = app.scene.stage, n_pages(app.scene) - 1
    flags = imgui.ImGuiWindowFlags_NoScrollbar | imgui.ImGuiWindowFlags_NoScrollWithMouse
    with ui.panel("pages", rect, flags=flags, padding=False):
        imgui.SetCursorPosY((rect.h - imgui.GetFrameHeight()) / 2)
        if ui.icon("back", "previous page", tip="Previous page (,)", reason="" if stage.page else "The first page."):
            turn(app, page=stage.page - 1)
        ui.same_line(2)
        imgui.AlignTextToFramePadding()
        imgui.TextUnformatted(f"{stage.page + 1} of {last + 1}")
        ui.same_line(2)
        if ui.icon("forward", "next page", tip="Next page (.)", reason="" if stage.page < last else "The last page."):
            turn(app, page=stage.page + 1)
        ui.same_line()
        room = (ui.width - ui.px(8)) / 2
        sizes = ["0", *map(str, SIZES)]
        words = [f"all {len(app.scene.shapes)}", *(f"{size} a page" for size in SIZES)]
        changed, size = _combo(ui, "a page", sizes, str(stage.page_size), words, room)
        if changed:
            turn(app, page=0, page_size=int(size))
        ui.same_line()
        known = [key for key in ORDERS if "error" not in key or app.scene.of(CollectionItem)]
        changed, order = _combo(ui, "order", known, stage.order, [ORDERS[key] for key in known], room)
        if changed:
            turn(app, page=0, order=order)


def _combo(ui: Ui, name: str, options: list[str], chosen: str, words: list[str], width: float) -> tuple[bool, str]:
    """A dropdown without a label, `width` pixels wide."""
    imgui.SetNextItemWidth(width)
    at = options.index(chosen) if chosen in options else 0
    opened = imgui.BeginCombo(f"###{name}", words[at])
    ui.record_item(name)
    changed = False
    if opened:
        for number, text in enumerate(words):
            if imgui.Selectable(f"{text}###{number}", number == at):
                changed, at = number != at, number
            ui.record_item(f"{name}/{options[number]}")
        imgui.EndCombo()
    return changed, options[at]


def turn(app: Application, **values: object) -> None:
    """Show another page, or the pages otherwise, and all of it in the picture."""
    if app.do(Turn(values)):
        app.look("same")


def after_arrival(app: Application) -> tuple[Command, ...]:
    """What the coming of one shape more does: beyond a page of them there are pages."""
    stage, n = app.scene.stage, len(app.scene.shapes)
    if stage.page_size == 0 and n == USUAL:
        return (Turn({"page": 0, "page_size": USUAL}),)
    return (Turn({"page": stage.page}),) if 0 < stage.page_size <= n else ()
