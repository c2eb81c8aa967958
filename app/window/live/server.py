"""The process of a live window: what comes over the line is done between two frames.

python -m geomlearn.app.window.live.server ADDRESS [--hidden]
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Client
from typing import Any

from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.live.given import selected
from geomlearn.app.window.live.requests import DONE, Waiting, answer
from geomlearn.app.window.live.shared import KEY, Line
from geomlearn.app.window.preferences import Preferences
from geomlearn.app.window.start import make_application
from geomlearn.app.window.window import Window
from geomlearn.core.errors import DeviceError, GeomError


class Requests:
    """What the program asks for, in order; read by a thread, done by the window."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.waiting: list[tuple[Waiting, bool]] = []
        self.gone = False
        self._queue: queue.SimpleQueue[tuple[str, Any, bool]] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="line", daemon=True).start()

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done in the next frame."""
        return self._queue.empty() and all(one.rests for one, _ in self.waiting)

    def drain(self, window: Window) -> None:
        """Do what was asked for since the last frame, and answer what has become possible to answer."""
        while not self._queue.empty():
            name, content, wanted = self._queue.get()
            window.app.wake()
            self._do(window, name, content, wanted)
        for entry in list(self.waiting):
            one, wanted = entry
            found = self._guarded(lambda one=one: one.poll(window))
            if found is not None:
                self.waiting.remove(entry)
                self._reply(found, wanted)

    def leave(self, window: Window) -> None:
        """The window closes: whoever waits for it gets what is selected."""
        if not self.gone:
            with suppress(OSError):
                self.line.send(("closed", selected(window.app.scene, window.app.focus)))
        self.line.close()

    def _do(self, window: Window, name: str, content: Any, wanted: bool) -> None:
        found = self._guarded(lambda: answer(window, name, content))
        if isinstance(found, tuple) and found[0] == DONE and isinstance(found[1], Waiting):
            self.waiting.append((found[1], wanted))
            return
        if found[0] != DONE and not wanted:
            # Nobody waits for the answer: the sentence is said where it can be seen.
            window.app.notices.error(GeomError(*found[2:]))
        self._reply(found, wanted)

    @staticmethod
    def _guarded(work: Any) -> Any:
        try:
            found = work()
        except GeomError as error:
            return "failed", type(error).__name__, error.message, error.hint
        except Exception as error:  # whatever goes wrong must reach the program as words
            return "failed", "GeomError", f"The window could not do this. {type(error).__name__}: {error}.", ""
        return None if found is None else (DONE, found)

    def _reply(self, found: Any, wanted: bool) -> None:
        if wanted:
            try:
                self.line.send(found)
            except OSError:
                self.gone = True

    def _read(self) -> None:
        try:
            while True:
                self._queue.put(self.line.receive())
                glfw.interrupt()
        except (EOFError, OSError):
            # The program has ended; the window is the person's and stays.
            self.gone = True


def main(arguments: list[str]) -> int:
    """Open the window and serve until it is closed."""
    try:
        line = Line(Client(arguments[0], authkey=os.environ.pop(KEY).encode()))
    except OSError:
        # The program that wanted a window has ended before there was one.
        return 1
    hidden = "--hidden" in arguments
    signal.signal(signal.SIGTERM, _interrupted)
    # A window that nobody sees has no habits.
    app = make_application(Preferences() if hidden else None)
    try:
        window = Window(app, backend="openGL3_egl" if hidden else "auto")
    except DeviceError as error:
        app.runner.close()
        line.send(("failed", "DeviceError", error.message, error.hint))
        line.close()
        return 1
    app.runner.warm()
    requests = Requests(line)
    window.visitors.append(requests)
    return _serve_hidden(window, requests) if hidden else window.run()


def _serve_hidden(window: Window, requests: Requests) -> int:
    """Frames only when something is asked for: nobody looks, and only the program can close it."""
    try:
        while not requests.gone:
            if requests.empty and not window.app.busy():
                time.sleep(0.01)
                continue
            window.tick()
            window.rest(window.frame_budget() if window.app.busy() else 0.0)
    except KeyboardInterrupt:
        pass
    # Told again while it tidies up, it goes on tidying up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    window.close()
    return 0


def _interrupted(number: int, frame: object) -> None:
    """The program closes the window."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGTERM)
