"""The console under the stage: what was said, and the line to type."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.window.application import Application
from geomlearn.app.window.console.console import Console
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

GREETING = "w is the stage, gl is geomlearn, np is numpy: w['u'] = w.shape().vertices[:, 0]"


class ConsolePanel:
    """Draws the console; Up and Down call back what was typed."""

    def __init__(self) -> None:
        self._text = ""
        self._back = 0
        self._serial = 0
        self._fresh = True
        self._n_said = 0

    def draw(self, app: Application, ui: Ui, rect: Rect, console: Console) -> None:
        """Nothing while it is closed."""
        if rect.h <= 0:
            self._fresh = True
            return
        with ui.panel("console", rect):
            with ui.child("said", (0.0, -imgui.GetFrameHeightWithSpacing())):
                self._said(ui, console)
            if console.running:
                imgui.AlignTextToFramePadding()
                imgui.TextDisabled("running…")
                ui.same_line()
                if ui.button("Stop", "stop"):
                    console.stop()
            else:
                self._line(app, ui, console)

    def _said(self, ui: Ui, console: Console) -> None:
        at_end = imgui.GetScrollY() >= imgui.GetScrollMaxY()
        colors = {"in": ui.theme.link, "out": ui.theme.text, "error": ui.theme.error}
        if not console.lines:
            ui.faint(GREETING)
        for line in console.lines:
            ui.text(f">>> {line.text}" if line.kind == "in" else line.text, colors[line.kind])
        if at_end or len(console.lines) != self._n_said:
            self._n_said = len(console.lines)
            imgui.SetScrollHereY(1.0)

    def _line(self, app: Application, ui: Ui, console: Console) -> None:
        if self._fresh:
            imgui.SetKeyboardFocusHere()
            self._fresh = False
        with ui.scope(f"line {self._serial}"):
            entered, self._text = ui.input_text("line", self._text, hint=">>>", enter=True, above=False)
            active = imgui.IsItemActive()
        if entered:
            console.enter(app, self._text)
            self._renew("", 0)
        elif active and console.typed:
            self._call_back(console)

    def _call_back(self, console: Console) -> None:
        """Up goes to earlier lines, Down to later ones and at last to an empty one."""
        step = imgui.IsKeyPressed(imgui.ImGuiKey_UpArrow) - imgui.IsKeyPressed(imgui.ImGuiKey_DownArrow)
        back = min(max(self._back + step, 0), len(console.typed))
        if back != self._back:
            self._renew(console.typed[-back] if back else "", back)

    def _renew(self, text: str, back: int) -> None:
        """A field with another text: one that is being edited keeps its own."""
        self._text, self._back = text, back
        self._serial += 1
        self._fresh = True
