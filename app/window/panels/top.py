"""The bar along the top: menus, command search, undo and redo."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.window.actions.table import Action
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

MENUS = ("file", "edit", "view", "spectrum", "match", "fields", "sense", "learn", "help")
_SEARCH = 300.0


def draw_top(app: Application, ui: Ui, rect: Rect) -> None:
    """Menus on the left, the search in the middle, undo and redo on the right."""
    flags = imgui.ImGuiWindowFlags_NoScrollbar | imgui.ImGuiWindowFlags_NoScrollWithMouse
    with ui.panel("top", rect, flags=flags, padding=False):
        imgui.SetCursorPosY(_top(rect))
        for key, actions in _menus(app, ui, rect).items():
            _menu(app, ui, key, key.capitalize(), actions)
            imgui.SameLine(0.0, 0.0)
        _search(app, ui, rect)
        _right(app, ui, rect)


def _menus(app: Application, ui: Ui, rect: Rect) -> dict[str, list[Action]]:
    """The menus that fit; where they do not, those of the last desks give way, which tabs and search have too."""
    found = {key: [action for action in app.actions.group(key) if action.menu] for key in MENUS}
    found = {key: actions for key, actions in found.items() if actions}
    room = rect.w - 2 * imgui.GetFrameHeight() - ui.px(26)
    padding = 2 * imgui.GetStyle().FramePadding[0]
    for key in reversed(list(app.desks)):
        if sum(imgui.CalcTextSize(one.capitalize())[0] + padding for one in found) <= room:
            break
        found.pop(key, None)
    return found


def _menu(app: Application, ui: Ui, key: str, title: str, actions: list[Action]) -> None:
    imgui.PushStyleColor(imgui.ImGuiCol_Button, (0.0, 0.0, 0.0, 0.0))
    if imgui.Button(f"{title}###menu {key}"):
        imgui.OpenPopup(f"menu {key}")
    imgui.PopStyleColor()
    ui.record_item(f"menu/{key}")
    imgui.SetNextWindowPos((imgui.GetItemRectMin()[0], imgui.GetItemRectMax()[1] + ui.px(6)))
    if imgui.BeginPopup(f"menu {key}"):
        with ui.scope(f"menu {key}"):
            for action in actions:
                draw_menu_line(app, ui, action)
        imgui.EndPopup()


def draw_menu_line(app: Application, ui: Ui, action: Action) -> None:
    """One action as a line of a menu; grey, with the reason on hovering, when it cannot be done."""
    reason = app.guard(action.title, lambda: action.when(app)) or ""
    pressed = imgui.MenuItem(f"{action.title}###{action.id}", action.keys[0] if action.keys else "", False, not reason)
    ui.record_item(action.id)
    if reason and imgui.IsItemHovered(imgui.ImGuiHoveredFlags_AllowWhenDisabled):
        imgui.SetTooltip(reason)
    if pressed:
        app.run(action.id)


def _search(app: Application, ui: Ui, rect: Rect) -> None:
    left = imgui.GetCursorPosX() + ui.px(12)
    # On a narrow window the menus and the two buttons on the right leave it less.
    width = min(ui.px(_SEARCH), rect.w - left - 2 * imgui.GetFrameHeight() - ui.px(26))
    if width < ui.px(60):
        return
    imgui.SetCursorPos((max((rect.w - width) / 2, left), _top(rect)))
    imgui.PushStyleVar(imgui.ImGuiStyleVar_ButtonTextAlign, (0.5, 0.5))
    imgui.PushStyleColor(imgui.ImGuiCol_Text, (*ui.theme.faint, 1.0))
    long = "Search commands    Ctrl+K"
    fits = imgui.CalcTextSize(long)[0] + ui.px(16) < width
    if ui.button(long if fits else "Ctrl+K", "search", width=width):
        app.run("help.search")
    imgui.PopStyleColor()
    imgui.PopStyleVar()


def _right(app: Application, ui: Ui, rect: Rect) -> None:
    side = imgui.GetFrameHeight()
    undo = app.history.now.title if app.history.can_undo else ""
    future = app.history.future()
    imgui.SetCursorPos((rect.w - 2 * side - ui.px(14), _top(rect)))
    if ui.icon("undo", "undo", tip=f"Undo: {undo}  (Ctrl+Z)", reason="" if undo else "Nothing to undo."):
        app.run("edit.undo")
    imgui.SameLine(0.0, ui.px(2))
    redo = future[0].title if future else ""
    if ui.icon("redo", "redo", tip=f"Redo: {redo}  (Ctrl+Shift+Z)", reason="" if redo else "Nothing to redo."):
        app.run("edit.redo")


def _top(rect: Rect) -> float:
    """Where a row of widgets begins so that it stands in the middle of the bar."""
    return (rect.h - imgui.GetFrameHeight()) / 2
