"""What comes up over the stage and goes again: command search, cheat sheet, doctor, quit question, typed path."""

from __future__ import annotations

from collections.abc import Callable

from polyscope import imgui

from app.window.actions import Action
from app.window.application import Application
from app.window.ui.layout import Rect
from app.window.ui.widgets import Ui


class Overlays:
    """Draws the overlay that `app.overlay` names; Esc closes it."""

    def __init__(self) -> None:
        self._text = ""
        self._row = 0
        self._shown = ""
        self._path = ""

    def draw(self, app: Application, ui: Ui, size: tuple[float, float]) -> None:
        if app.overlay != self._shown:
            self._shown, self._text, self._row = app.overlay, "", 0
            self._fresh = True
        draw = self._pages().get(app.overlay)
        if draw is None:
            return
        width, height = self._size(app.overlay, ui)
        width, height = min(width, size[0] - ui.px(40)), min(height, size[1] - ui.px(80))
        rect = Rect((size[0] - width) / 2, max(ui.px(64), (size[1] - height) * 0.35), width, height)
        imgui.SetNextWindowFocus()
        with ui.panel(app.overlay, rect, front=True):
            draw(app, ui)
        self._fresh = False

    def _pages(self) -> dict[str, Callable[[Application, Ui], None]]:
        return {
            "search": self._search,
            "keys": self._keys,
            "path": self._typed_path,
            "quit": self._quit,
            "doctor": self._doctor,
        }

    def _size(self, page: str, ui: Ui) -> tuple[float, float]:
        sizes = {"search": (560, 420), "keys": (720, 560), "path": (620, 340), "quit": (440, 170), "doctor": (620, 460)}
        width, height = sizes[page]
        return ui.px(width), ui.px(height)

    def _search(self, app: Application, ui: Ui) -> None:
        """Type, choose with the arrows, Enter does it."""
        if self._fresh:
            imgui.SetKeyboardFocusHere()
        entered, self._text = ui.input_text("find", self._text, hint="What do you want to do?", enter=True, above=False)
        found = app.actions.search(self._text)
        if imgui.IsKeyPressed(imgui.ImGuiKey_DownArrow):
            self._row += 1
        if imgui.IsKeyPressed(imgui.ImGuiKey_UpArrow):
            self._row -= 1
        self._row = min(max(self._row, 0), max(len(found) - 1, 0))
        if not found:
            ui.faint("Nothing is called so.")
        with ui.child("found"):
            for number, action in enumerate(found):
                if self._line(app, ui, action, number == self._row) or (entered and number == self._row):
                    app.overlay = ""
                    app.run(action.id)

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
            text = reason or action.keys[0]
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
        with ui.child("list"):
            if imgui.BeginTable("keys", 2, imgui.ImGuiTableFlags_SizingStretchSame):
                for action in app.actions.search(self._text):
                    if action.keys:
                        imgui.TableNextColumn()
                        imgui.TextColored((*ui.theme.link, 1.0), " or ".join(action.keys))
                        imgui.SameLine(ui.px(130))
                        imgui.TextUnformatted(action.title)
                imgui.EndTable()
            ui.gap()
            ui.faint("Drag turns the stage, the wheel zooms, Shift+drag moves it. Tab and arrows reach every widget.")

    def _typed_path(self, app: Application, ui: Ui) -> None:
        """A path typed or pasted, or one of the recent files, or a built-in shape."""
        from app.window.files import completions, open_typed

        ui.heading("Open")
        if self._fresh:
            imgui.SetKeyboardFocusHere()
            self._path = ""
        hint = "A path, or builtin:NAME. Tab completes."
        entered, self._path = ui.input_text("path", self._path, hint=hint, enter=True, above=False)
        if entered and self._path:
            app.overlay = ""
            open_typed(app, self._path)
            return
        if ui.button("Choose a file…", "dialog"):
            app.overlay = ""
            app.run("file.dialog")
        rows = completions(self._path) or app.preferences.recent
        with ui.child("rows"):
            for row in rows:
                if ui.selectable(row, row):
                    app.overlay = ""
                    open_typed(app, row)

    def _quit(self, app: Application, ui: Ui) -> None:
        """The one question: unsaved work, or a job that still runs."""
        ui.heading("Leave without saving?")
        busy = " A job is still running." if app.busy() else ""
        ui.text(f"What is on the stage has not been saved as a session.{busy}")
        ui.gap(6)
        if ui.button("Save and leave", "save", primary=True):
            app.overlay = ""
            app.run("file.save")
            app.closing = not app.dirty
        ui.same_line()
        if ui.button("Leave", "leave"):
            app.closing = True
        ui.same_line()
        if ui.button("Stay", "stay"):
            app.overlay = ""

    def _doctor(self, app: Application, ui: Ui) -> None:
        """What this installation can do."""
        from app.window.doctor import report

        ui.heading("Doctor")
        rows = report()
        with ui.child("facts", (0, -imgui.GetFrameHeightWithSpacing())):
            ui.pairs(rows)
        if ui.button("Copy report", "copy", primary=True):
            app.copy("\n".join(f"{name}: {value}" for name, value in rows), "the report")
        ui.same_line()
        if ui.button("Close", "close"):
            app.overlay = ""
