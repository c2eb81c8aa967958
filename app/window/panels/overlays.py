"""What comes up over the stage and goes again: command search, cheat sheet, doctor, quit question, typed path."""

from __future__ import annotations

from collections.abc import Callable

import polyscope as ps
from polyscope import imgui

from geomlearn.app.model.commands import change
from geomlearn.app.window.actions.table import Action, key_words
from geomlearn.app.window.application import Application
from geomlearn.app.window.files.ways import SAMPLES, completions, new_session_folder, open_typed, save_as
from geomlearn.app.window.find import found
from geomlearn.app.window.panels.picture import PicturePage
from geomlearn.app.window.panels.top import MENUS
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

_MOST_FOUND = 80


class Overlays:
    """Draws the overlay that `app.page` names; Esc closes it."""

    def __init__(self) -> None:
        self._text = ""
        self._row = 0
        self._shown = ""
        self._path = ""
        self._refocus = False
        self._picture = PicturePage()

    def draw(self, app: Application, ui: Ui, size: tuple[float, float]) -> None:
        if app.page != self._shown:
            self._shown, self._text, self._row = app.page, "", 0
            self._fresh = True
        draw = self._pages().get(app.page)
        if draw is None:
            return
        _veil(app, ui, size)
        if not app.page:
            return
        width, height = self._size(app.page, ui)
        width, height = min(width, size[0] - ui.px(40)), min(height, size[1] - ui.px(80))
        rect = Rect((size[0] - width) / 2, max(ui.px(40), (size[1] - height) * 0.35), width, height)
        imgui.SetNextWindowFocus()
        with ui.panel(app.page, rect, front=True):
            draw(app, ui)
        self._fresh = False

    def _pages(self) -> dict[str, Callable[[Application, Ui], None]]:
        return {
            "search": self._search,
            "keys": self._keys,
            "path": self._typed_path,
            "save": self._save_as,
            "quit": self._quit,
            "doctor": self._doctor,
            "rename": self._rename,
            "picture": self._picture.draw,
        }

    def _size(self, page: str, ui: Ui) -> tuple[float, float]:
        sizes = {
            "search": (560, 420),
            "keys": (880, 740),
            "path": (620, 400),
            "save": (620, 150),
            "quit": (440, 122),
            "doctor": (620, 460),
            "rename": (440, 130),
        }
        width, height = (sizes | {"picture": (560, 470)})[page]
        return ui.px(width), ui.px(height)

    def _search(self, app: Application, ui: Ui) -> None:
        """Type, choose with the arrows, Enter does it."""
        if self._fresh:
            imgui.SetKeyboardFocusHere()
        entered, self._text = ui.input_text("find", self._text, hint="What do you want to do?", enter=True, above=False)
        matches = found(app, self._text)
        if imgui.IsKeyPressed(imgui.ImGuiKey_DownArrow):
            self._row += 1
        if imgui.IsKeyPressed(imgui.ImGuiKey_UpArrow):
            self._row -= 1
        self._row = min(max(self._row, 0), max(len(matches) - 1, 0))
        if not matches:
            ui.faint("Nothing is called so.")
        with ui.child("found"):
            for number, action in enumerate(matches[:_MOST_FOUND]):
                if self._line(app, ui, action, number == self._row) or (entered and number == self._row):
                    app.close_page()
                    app.perform(action)

    def _line(self, app: Application, ui: Ui, action: Action, chosen: bool) -> bool:
        reason = app.guard(action.title, lambda: action.when(app)) or ""
        if reason:
            imgui.PushStyleColor(imgui.ImGuiCol_Text, (*ui.theme.faint, 1.0))
        pressed = ui.selectable(action.title, action.id, selected=chosen)
        if reason:
            imgui.PopStyleColor()
        if chosen and imgui.IsKeyPressed(imgui.ImGuiKey_DownArrow):
            imgui.SetScrollHereY(0.8)
        if action.keys or reason:
            text = reason or key_words(action.keys[0])
            room = imgui.GetContentRegionAvail()[0]
            imgui.SameLine(
                max(room - imgui.CalcTextSize(text)[0] - ui.px(8), imgui.CalcTextSize(action.title)[0] + ui.px(20))
            )
            imgui.TextDisabled(text)
        return pressed

    def _keys(self, app: Application, ui: Ui) -> None:
        """Every shortcut, by group, with a filter."""
        ui.heading("Keys")
        if self._fresh:
            imgui.SetKeyboardFocusHere()
        _, self._text = ui.input_text("filter", self._text, hint="Filter", above=False)
        known = {action.id for action in app.actions}
        with_keys = [action for action in found(app, self._text) if action.keys and action.id in known]
        with ui.child("list"):
            # Groups in the order of the menus; within one, in the order of its lines.
            for group in sorted({action.group for action in with_keys}, key=MENUS.index):
                ui.faint(group.capitalize())
                if imgui.BeginTable(f"keys {group}", 2, imgui.ImGuiTableFlags_SizingStretchSame):
                    for action in (action for action in with_keys if action.group == group):
                        imgui.TableNextColumn()
                        imgui.TextColored((*ui.theme.link, 1.0), " or ".join(map(key_words, action.keys)))
                        imgui.SameLine(ui.px(136))
                        imgui.TextUnformatted(action.title)
                        self._state(app, ui, action)
                    imgui.EndTable()
            ui.gap(2)
            ui.faint("Drag turns the stage, the wheel zooms, Shift+drag moves it. Tab and arrows reach every widget.")

    def _state(self, app: Application, ui: Ui, action: Action) -> None:
        """How what it switches stands, behind the words."""
        state = app.guard(action.title, lambda: action.state(app)) or ""
        if state:
            imgui.SameLine(0.0, ui.px(8))
            imgui.TextColored((*(ui.theme.faint if state == "off" else ui.theme.good), 1.0), state)
            ui.record_item(f"state {action.id}")

    def _typed_path(self, app: Application, ui: Ui) -> None:
        """A path typed or pasted, or one of the recent files, or a built-in shape."""
        ui.heading("Open")
        if self._fresh:
            self._path = ""
        if self._fresh or self._refocus:
            imgui.SetKeyboardFocusHere()
            self._refocus = False
        hint = "A path, or builtin:NAME. What continues it is listed below."
        entered, self._path = ui.input_text("path", self._path, hint=hint, enter=True, above=False)
        if entered and self._path:
            self._take_path(app, self._path)
            return
        if ui.button("Choose a file…", "dialog"):
            app.close_page()
            app.run("file.dialog")
        ui.gap(2)
        if not self._path:
            ui.faint("Recent, and built in" if app.preferences.recent else "Built in")
        with ui.child("rows"):
            for row in completions(self._path) if self._path else [*app.preferences.recent, *SAMPLES]:
                if ui.selectable(row, row):
                    self._take_path(app, row)

    def _take_path(self, app: Application, path: str) -> None:
        """Open it; a folder leads on to what is in it."""
        if open_typed(app, path):
            app.close_page()
        else:
            self._path, self._refocus = f"{path.rstrip('/')}/", True

    def _save_as(self, app: Application, ui: Ui) -> None:
        """A session is a folder: its name, and the button."""
        ui.heading("Save session as")
        if self._fresh:
            self._path = new_session_folder()
            imgui.SetKeyboardFocusHere()
        entered, self._path = ui.input_text("folder", self._path, enter=True, above=False)
        wanted = ui.button("Save", "save", primary=True) or entered
        if wanted and self._path and save_as(app, self._path, ps.get_view_as_json()):
            app.close_page()
        ui.same_line()
        if ui.button("Cancel", "cancel"):
            app.close_page()

    def _rename(self, app: Application, ui: Ui) -> None:
        """Another name for what is in focus; what was copied before speaks of the old one."""
        if app.item is None:
            app.close_page()
            return
        ui.heading("Rename")
        if self._fresh:
            self._text = app.item.label
        if self._fresh or self._refocus:
            imgui.SetKeyboardFocusHere()
        entered, self._text = ui.input_text("name", self._text, enter=True, above=False)
        name = self._text.strip()
        taken = any(item.label == name for item in app.scene if item is not app.item)
        reason = f"{name} is another one's name." if taken else "" if name else "Type a name."
        self._refocus = bool(entered and reason)
        if (ui.button("Rename", "rename", primary=True, reason=reason) or entered) and not reason:
            app.do(change(app.focus, label=name))
            app.close_page()
        ui.same_line()
        if ui.button("Cancel", "cancel"):
            app.close_page()

    def _quit(self, app: Application, ui: Ui) -> None:
        """The one question: unsaved work, or a job that still runs."""
        ui.heading("Leave without saving?")
        busy = " A job is still running." if app.busy() else ""
        ui.text(f"What is on the stage has not been saved as a session.{busy}")
        ui.gap(6)
        if ui.button("Save and leave", "save", primary=True):
            app.close_page()
            app.run("file.save")
            if not app.dirty:
                app.leave()
        ui.same_line()
        if ui.button("Leave", "leave"):
            app.leave()
        ui.same_line()
        if ui.button("Stay", "stay"):
            app.close_page()

    def _doctor(self, app: Application, ui: Ui) -> None:
        """What this installation can do."""
        from geomlearn.app.window.doctor import report

        ui.heading("Doctor")
        rows = report()
        with ui.child("facts", (0, -imgui.GetFrameHeightWithSpacing())):
            ui.pairs(rows)
        if ui.button("Copy report", "copy", primary=True):
            app.copy("\n".join(f"{name}: {value}" for name, value in rows), "the report")
        ui.same_line()
        if ui.button("Close", "close"):
            app.close_page()


def _veil(app: Application, ui: Ui, size: tuple[float, float]) -> None:
    """Everything behind the page grows dim; a click there closes the page."""
    imgui.PushStyleColor(imgui.ImGuiCol_WindowBg, (0.0, 0.0, 0.0, 0.4 if ui.theme.name == "dark" else 0.22))
    imgui.PushStyleVar(imgui.ImGuiStyleVar_WindowRounding, 0.0)
    imgui.PushStyleVar(imgui.ImGuiStyleVar_WindowBorderSize, 0.0)
    # It must not take the focus, or the page's text field would lose what is typed.
    with ui.panel("veil", Rect(0, 0, *size), flags=imgui.ImGuiWindowFlags_NoFocusOnAppearing, front=True):
        if imgui.IsWindowHovered() and imgui.IsMouseClicked(0):
            app.close_page()
    imgui.PopStyleVar(2)
    imgui.PopStyleColor()
