"""The window as a Python program has it."""

from __future__ import annotations

import atexit
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Listener
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np

from geomlearn.app.cli.screen import has_display
from geomlearn.app.model.files.codec import decode
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.live.content import content_of, values_of
from geomlearn.app.window.live.shared import KEY, Line
from geomlearn.core.errors import DeviceError, GeomError

PATIENCE_S = 60.0
"""So long a window may take to open."""
PARTING_S = 10.0
"""So long a window may take to tidy up before it is told to end."""
_GONE = ("The window has been closed.", "Open another one with show(…).")


def show(what: Any, field: Any = None, *, fields: Mapping[str, Any] | None = None, hidden: bool = False) -> LiveWindow:
    """Open a window on shapes, fields on them or a correspondence; the program goes on at once.

    Parameters
    ----------
    what     a shape or whatever `as_shape` takes, a list of these, a mapping from names to these, or a match.
    field    on the first shape: (n,) numbers, (n, 3) colours, (t, n) moments, a `FieldSeries`; `Vectors`, `Curves`.
    fields   several by name.
    hidden   draw without a screen, for pictures (Linux).

    Raises
    ------
    SizeMismatch, MeshError, ParameterError   what is given cannot be drawn; no window is opened.
    DeviceError   there is no display.
    """
    content = content_of(what, {**({} if field is None else {"value": field}), **(fields or {})})
    if not hidden and not has_display():
        raise DeviceError("There is no display to open a window on.", "Take hidden=True for pictures, or gl.render.")
    window = LiveWindow(hidden=hidden)
    window._tell("add", content)
    return window


class LiveWindow:
    """A window in a process of its own. Every call waits until the window has done what it asks; `show` does not.

    Closing the window, or a window that dies, turns later calls into a sentence; nothing of the program is lost.
    """

    def __init__(self, *, hidden: bool = False) -> None:
        self.desk = Desk(self)
        self._hidden = hidden
        self._lock = threading.RLock()
        self._line: Line | None = None
        self._told: list[tuple[str, Any]] = []
        self._last = np.zeros(0, np.int64)
        key = secrets.token_hex(16)
        self._listener = Listener(None, authkey=key.encode())
        command = [sys.executable, "-P", "-m", "geomlearn.app.window.live.server", str(self._listener.address)]
        self._process = subprocess.Popen(
            [*command, *(["--hidden"] if hidden else [])],
            env={**os.environ, KEY: key},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        atexit.register(self._leave)

    # What is shown

    def add(self, what: Any, field: Any = None, *, fields: Mapping[str, Any] | None = None) -> Self:
        """Put more on the stage: what `show` takes; fields without a shape go onto the first shape.

        Raises
        ------
        SizeMismatch, MeshError, ParameterError   it cannot be drawn.
        """
        given = {**({} if field is None else {"value": field}), **(fields or {})}
        self._ask("add", content_of(what, given))
        return self

    def __setitem__(self, name: str, values: Any) -> None:
        """Give a field new values, or put a new one of this name on the first shape."""
        self._ask("set", (name, values_of(name, values)))

    def __getitem__(self, name: str) -> np.ndarray:
        """The values of a field."""
        return self._ask("get", name)

    def screenshot(self, path: str | PathLike[str] | None = None, *, panels: bool = False) -> np.ndarray:
        """(h, w, 3) uint8 of the window as it is now, also written to `path` (png, jpg, tif) if one is given."""
        picture = self._ask("screenshot", panels)
        if path is not None:
            from PIL import Image

            from geomlearn.core.files import atomic_path

            with atomic_path(Path(path), force=True) as temporary:
                Image.fromarray(picture).save(temporary)
        return picture

    def _repr_png_(self) -> bytes:
        """The picture that a notebook shows."""
        import io

        from PIL import Image

        stream = io.BytesIO()
        Image.fromarray(self.screenshot()).save(stream, "PNG")
        return stream.getvalue()

    # What comes back

    @property
    def scene(self) -> Scene:
        """Everything on the stage now, with what was done there by hand."""
        content, arrays = self._ask("scene", None)
        return Scene().put(decode(one, arrays) for one in content)

    @property
    def selection(self) -> np.ndarray:
        """(m,) the vertices selected in the window: of the selection in focus, else of the newest; or none."""
        return self._ask("selection", None)

    @property
    def is_open(self) -> bool:
        """Whether the window is there."""
        return self._process.poll() is None

    def wait(self) -> np.ndarray:
        """Stay until the window is closed, and return what was selected in it then.

        Raises
        ------
        DeviceError   it is hidden, and nobody could close it.
        """
        return self._ask("wait", None)

    def close(self) -> None:
        """Close it; what was done there is gone."""
        atexit.unregister(self._leave)
        if self._line is not None:
            self._line.close()
        self._listener.close()
        if not self._hidden:
            self._process.terminate()
        try:
            # A hidden window ends by itself when the line is gone.
            self._process.wait(PARTING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The line

    def _accept(self) -> None:
        try:
            self._line = Line(self._listener.accept())
        except (OSError, EOFError):
            return
        with self._lock:
            told, self._told = self._told, []
            for name, content in told:
                self._line.send((name, content, False))

    def _tell(self, name: str, content: Any) -> None:
        """Ask without waiting for the answer, also before there is a window."""
        with self._lock:
            if self._line is None:
                self._told.append((name, content))
            else:
                self._line.send((name, content, False))

    def _ask(self, name: str, content: Any) -> Any:
        self._accepting.join(PATIENCE_S)
        if self._line is None:
            what = ("The window does not answer.", "Close it, and try again.") if self.is_open else _GONE
            raise DeviceError(*what)
        with self._lock:
            try:
                self._line.send((name, content, True))
                answer = self._line.receive()
            except (OSError, EOFError):
                answer = self._last_words()
        return self._heard(answer, name)

    def _heard(self, answer: tuple[Any, ...], name: str) -> Any:
        """The value of an answer, or the failure that it tells."""
        kind, *values = answer
        if kind == "done":
            return values[0]
        if kind == "closed":
            self._last = values[0]
            if name == "wait":
                return self._last
            raise GeomError(*_GONE)
        word, message, hint = values
        kinds = {cls.__name__: cls for cls in GeomError.__subclasses__()}
        raise kinds.get(word, GeomError)(message, hint)

    def _last_words(self) -> tuple[Any, ...]:
        """What the window said last before it went."""
        try:
            while True:
                answer = self._line.receive()
                if answer[0] != "done":
                    return answer
        except (OSError, EOFError):
            return "closed", self._last

    def _leave(self) -> None:
        """The program ends: the window stays, with all that was sent to it."""
        self._accepting.join(PATIENCE_S if self.is_open else 0.0)
        if self._line is not None:
            self._line.settle(PATIENCE_S)
            self._line.close()
        self._listener.close()


class Desk:
    """What the desks of a window do, from Python."""

    def __init__(self, window: LiveWindow) -> None:
        self._window = window

    def match(self, a: str, b: str) -> np.ndarray:
        """Match two shapes of the stage, by name, in the window; returns (n_a,) for each vertex of A one of B."""
        return self._window._ask("match", (a, b))
