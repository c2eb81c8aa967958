"""Runs lines of Python; between them it keeps what they named."""

from __future__ import annotations

import io
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

import geomlearn as gl
from geomlearn.app.model.commands import Command
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script
from geomlearn.app.window.console.handle import Handle
from geomlearn.core.errors import GeomError

_SHORT = 40


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a line.

    Attributes
    ----------
    text      the line;  printed  what it printed, and its value;  error  why it failed, a sentence, or "".
    commands  what it does to the stage; none of a line that failed.
    """

    text: str
    printed: str
    error: str
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, eq=False)
class Typed:
    """A line that changes the stage, as one step of the history."""

    text: str
    commands: tuple[Command, ...]
    focus: str = ""

    def apply(self, scene: Scene) -> Scene:
        for command in self.commands:
            scene = command.apply(scene)
        return scene

    def title(self, scene: Scene) -> str:
        return self.text if len(self.text) <= _SHORT else self.text[: _SHORT - 1] + "…"

    def script(self, scene: Scene) -> Script:
        return script_of_line(self.text, scene, self.focus)

    @property
    def merge_key(self) -> str:
        return ""


class Interpreter:
    """A namespace with `w`, `gl` and `np`."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "console", "gl": gl, "np": np}

    def run(self, scene: Scene, text: str, focus: str = "") -> Outcome:
        """Run a line on a scene; whatever it raises becomes a sentence, and then nothing is done to the stage."""
        handle = self.names["w"] = Handle(scene, focus)
        out = io.StringIO()
        try:
            code = compile(text + "\n", "<console>", "single")
            with redirect_stdout(out), redirect_stderr(out):
                exec(code, self.names)
        except GeomError as error:
            return Outcome(text, out.getvalue(), f"{error.message} {error.hint}".strip())
        except KeyboardInterrupt:
            return Outcome(text, out.getvalue(), "Stopped.")
        except SystemExit:
            return Outcome(text, out.getvalue(), "The window is closed with Ctrl+Q.")
        except BaseException as error:
            return Outcome(text, out.getvalue(), "".join(traceback.format_exception_only(error)).strip())
        return Outcome(text, out.getvalue(), "", tuple(handle.commands))


_OWN = Interpreter()
"""That of scripts copied from a console."""


def typed(scene: Scene, text: str, focus: str = "") -> Scene:
    """The scene after a line of the console; what lines before it named is known.

    Parameters
    ----------
    focus   label of what was worked with, or empty.

    Raises
    ------
    GeomError   the line fails.
    """
    outcome = _OWN.run(scene, text, scene.by_label(focus).id if focus else "")
    if outcome.error:
        raise GeomError(f"{text!r} fails: {outcome.error}", "")
    return Typed(text, outcome.commands).apply(scene)


def script_of_line(text: str, scene: Scene, focus: str) -> Script:
    """The line as Python that needs no window."""
    given = f", {scene[focus].label!r}" if focus in scene else ""
    return Script(
        "", f"from geomlearn.app.window.console.interpreter import typed\nscene = typed(scene, {text!r}{given})"
    )
