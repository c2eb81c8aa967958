"""The lines typed so far, and the one that runs: in a thread, so that the window goes on drawing."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass

from geomlearn.app.model.scene import Scene
from geomlearn.app.window.application import Application
from geomlearn.app.window.console.interpreter import Interpreter, Outcome, Typed, script_of_line

KEPT = 400
"""Lines that are kept to be read and called back."""


@dataclass(frozen=True)
class Line:
    """What stands on the console: kind "in", "out" or "error"."""

    kind: str
    text: str


class Console:
    """One per window.

    Attributes
    ----------
    lines    what stands there;  typed  what was typed, oldest first.
    running  the line that runs, or "".
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.typed: list[str] = []
        self.running = ""
        self._interpreter: Interpreter | None = None
        self._thread: threading.Thread | None = None
        self._outcome: Outcome | None = None

    def enter(self, app: Application, text: str) -> None:
        """Run a line; one at a time."""
        text = text.strip()
        if not text or self.running:
            return
        self._interpreter = self._interpreter or Interpreter()
        self.typed.append(text)
        self._say("in", text)
        self.running = text
        scene, focus = app.scene, app.focus
        self._thread = threading.Thread(target=self._run, args=(scene, text, focus), name="console", daemon=True)
        self._thread.start()

    def poll(self, app: Application) -> None:
        """Once per frame: do to the stage what the line did, once it has ended."""
        if self.running:
            app.wake()
        ended = self._thread is not None and not self._thread.is_alive()
        if self._outcome is None and not (self.running and ended):
            return
        # A thread that was interrupted before or after its line ends without a word.
        outcome = self._outcome or Outcome(self.running, "", "Stopped.")
        self._outcome, self.running = None, ""
        for kind, text in (("out", outcome.printed.rstrip()), ("error", outcome.error)):
            if text:
                self._say(kind, text)
        if outcome.commands:
            n_before = len(app.scene.shapes)
            if app.do(Typed(outcome.text, outcome.commands, app.focus)) and len(app.scene.shapes) > n_before:
                app.look("same" if n_before else "corner")
        elif not outcome.error:
            # What it named may be needed by a line to come: a script has it, undo has nothing to do.
            app.history.note(outcome.text, script_of_line(outcome.text, app.scene, app.focus))

    def stop(self) -> None:
        """Interrupt the line that runs, as soon as it is back in Python."""
        if self._thread is not None and self._thread.is_alive() and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(KeyboardInterrupt)
            )

    def _run(self, scene: Scene, text: str, focus: str) -> None:
        self._outcome = self._interpreter.run(scene, text, focus)

    def _say(self, kind: str, text: str) -> None:
        self.lines.append(Line(kind, text))
        del self.lines[:-KEPT], self.typed[:-KEPT]
