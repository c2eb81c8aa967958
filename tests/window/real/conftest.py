"""A window on a real screen, driven by the keys and the mouse of its X server. `test_real_context.py` starts these."""

from __future__ import annotations

import os
import time
from pathlib import Path

import polyscope as ps
import pytest

from geomlearn.app.model.scene import Scene
from geomlearn.app.window.preferences import load_preferences
from geomlearn.app.window.start import make_application
from geomlearn.app.window.window import Window
from tests.window.driver import Driver
from tests.window.screen import screen_picture, xdotool

PIXELS = "GEOMLEARN_TEST_PIXELS"
"""Names the folder with the pixels of the screen; set where there is one."""

collect_ignore_glob = [] if PIXELS in os.environ else ["test_*.py"]
_X = {"Esc": "Escape", "Enter": "Return", "Ctrl+Equal": "ctrl+equal", "Ctrl+`": "ctrl+grave"}


class RealDriver(Driver):
    """The same hands, but through the X server; the same eyes, but on the screen."""

    def __init__(self) -> None:
        self.app = make_application(load_preferences())
        self.window = Window(self.app)
        self.app.runner.warm()
        self.app.begin(Scene().with_stage(ground=False), "Start")
        self.app.saved_in("")
        self.expected: list[str] = []
        self.clipboard = ""
        self.frames(3)
        self.until(lambda: self._find() != "")
        xdotool("windowfocus", "--sync", self._find())
        self.frames(3)

    def _find(self) -> str:
        return (xdotool("search", "--onlyvisible", "--name", "geomlearn").split() or [""])[-1]

    def settle(self) -> None:
        """Frames until what the X server sent has come through."""
        for _ in range(6):
            time.sleep(0.01)
            self.window.tick()

    def move(self, x: float, y: float) -> None:
        xdotool("mousemove", "--window", self._find(), str(round(x)), str(round(y)))
        self.settle()

    def _push(self) -> None:
        for what in ("mousedown", "mouseup"):
            xdotool(what, "1")
            self.settle()

    def key(self, keys: str) -> None:
        word = _X.get(keys, keys)
        xdotool("key", word if len(word) > 1 and "+" not in word else word.lower().replace("ctrl", "ctrl"))
        self.settle()

    def type(self, text: str) -> None:
        xdotool("type", text)
        self.settle()

    def screen(self):
        """(h, w, 3) uint8: what a person sees of the window."""
        self.frames(2)
        x, y = (int(part) for part in ps_place())
        width, height = ps.get_window_size()
        return screen_picture(Path(os.environ[PIXELS]))[y : y + height, x : x + width]


def ps_place() -> tuple[int, int]:
    from geomlearn.app.window.desktop import glfw

    return glfw.place()


@pytest.fixture(scope="session")
def _real():
    driver = RealDriver()
    yield driver
    driver.window.close()


@pytest.fixture
def real(_real):
    """The window, with an empty stage."""
    _real.app.begin(Scene().with_stage(ground=False), "Start")
    _real.app.saved_in("")
    _real.app.close_page()
    _real.app.notices.shown.clear()
    _real.app.notices.log.clear()
    _real.frames(3)
    yield _real
    assert not _real.unexpected_errors()
