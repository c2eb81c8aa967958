"""Drives the window as a person does: mouse and keyboard events through ImGui, widgets found by name."""

from __future__ import annotations

import time

import numpy as np
import polyscope.imgui as imgui

from geomlearn.app.model.scene import Scene
from geomlearn.app.window.actions.table import chord
from geomlearn.app.window.files.opening import open_paths
from geomlearn.app.window.preferences import Preferences
from geomlearn.app.window.start import make_application
from geomlearn.app.window.window import Window

SIZE = (1280, 800)
_MODIFIERS = {"Ctrl": imgui.ImGuiMod_Ctrl, "Shift": imgui.ImGuiMod_Shift, "Alt": imgui.ImGuiMod_Alt}


class Driver:
    """One window per process, emptied between tests."""

    def __init__(self) -> None:
        self.app = make_application(Preferences())
        self.window = Window(self.app, backend="openGL3_egl", size=SIZE)
        self.app.runner.warm()
        self.expected: list[str] = []
        self.clipboard = ""

    def reset(self) -> None:
        """An empty stage, no messages, no memory of earlier tests; the processes stay."""
        fresh = make_application(Preferences())
        fresh.runner.close()
        fresh.runner = self.app.runner
        for job in list(fresh.runner.active):
            fresh.runner.cancel(job)
        self.app = self.window.app = fresh
        # On a processor the shadow takes three quarters of a frame.
        fresh.begin(Scene().with_stage(ground=False), "Start")
        fresh.saved_in("")
        fresh.use_clipboard(self._copied)
        self.window.mirror.forget()
        self.window.player.playing = False
        self.window.ui.opened.clear()
        self.window.ui.heights.clear()
        self.expected = []
        self.clipboard = ""
        self.move(640, 5)
        self.frames(2)

    def _copied(self, text: str) -> None:
        self.clipboard = text

    # Time

    def frames(self, count: int = 1) -> None:
        for _ in range(count):
            self.window.tick()

    def until(self, condition, limit_s: float = 120.0) -> None:
        start = time.monotonic()
        while not condition():
            assert time.monotonic() - start < limit_s, "nothing happened in time"
            self.window.tick()
            # Two cores are few: the worker needs one.
            time.sleep(0.04)

    def wait(self, limit_s: float = 240.0) -> None:
        """Until no job runs, and the result has been drawn."""
        self.until(lambda: not self.app.runner.active, limit_s)
        self.frames(3)

    # Hands

    def move(self, x: float, y: float) -> None:
        imgui.GetIO().AddMousePosEvent(x, y)
        self.frames(1)

    def press(self, x: float, y: float) -> None:
        """A click at a place."""
        self.move(x, y)
        self.frames(1)
        self._push()

    def _push(self) -> None:
        for down in (True, False):
            imgui.GetIO().AddMouseButtonEvent(0, down)
            self.frames(1)
        self.frames(1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.move(*start)
        imgui.GetIO().AddMouseButtonEvent(0, True)
        self.frames(1)
        for part in (0.3, 0.7, 1.0):
            self.move(start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]))
        imgui.GetIO().AddMouseButtonEvent(0, False)
        self.frames(2)

    def click(self, name: str) -> None:
        """A click on the widget of this name."""
        self.frames(1)
        place = None
        # News above it may fade, and it moves up.
        while place != self.rect(name).centre:
            place = self.rect(name).centre
            self.move(*place)
            self.frames(1)
        self._push()

    def rect(self, name: str):
        rects = self.window.ui.rects
        found = [rects[key] for key in rects if key == name or key.endswith(f"/{name}")]
        assert found, f"no widget is called {name}; there are {sorted(rects)}"
        assert len(found) == 1, f"{len(found)} widgets are called {name}"
        return found[0]

    def sees(self, name: str) -> bool:
        return any(key == name or key.endswith(f"/{name}") for key in self.window.ui.rects)

    def key(self, keys: str) -> None:
        """A shortcut such as "Ctrl+K"."""
        modifiers, code = chord(keys)
        io = imgui.GetIO()
        events = [*(_MODIFIERS[name] for name in sorted(modifiers)), code]
        for down, order in ((True, events), (False, events[::-1])):
            for event in order:
                io.AddKeyEvent(event, down)
            self.frames(2)

    def type(self, text: str) -> None:
        imgui.GetIO().AddInputCharactersUTF8(text)
        self.frames(3)

    # Things

    def open(self, *paths: str) -> None:
        open_paths(self.app, [str(path) for path in paths])
        self.wait()

    def drop(self, *paths: str) -> None:
        """As the window system reports a drop."""
        self.window.inbox.put([str(path) for path in paths])
        self.frames(1)
        self.wait()

    # Eyes

    def picture(self, *, panels: bool = True) -> np.ndarray:
        return self.window.picture(with_panels=panels)

    def messages(self) -> str:
        return "\n".join(f"{notice.message} {notice.hint}" for notice in self.app.notices.log)

    def expect(self, part: str) -> None:
        """This message is what the test is about."""
        assert part in self.messages(), f"{part!r} was not said; there was: {self.messages()!r}"
        self.expected.append(part)

    def unexpected_errors(self):
        return [
            notice
            for notice in self.app.notices.log
            if notice.kind == "error" and not any(part in notice.message for part in self.expected)
        ]
