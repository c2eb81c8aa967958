"""What a program can ask of the window, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.model.files.codec import encode
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.window.live.given import added, replaced, selected, values_on
from geomlearn.core.errors import DeviceError, ParameterError

if TYPE_CHECKING:
    from geomlearn.app.window.window import Window

DONE = "done"


class Waiting:
    """An answer that comes later.

    Attributes
    ----------
    rests   whether it comes only when the window closes.
    """

    rests = False

    def poll(self, window: Window) -> Any:
        """The answer, or None while there is none; once per frame."""
        return None


class UntilClosed(Waiting):
    """Nothing before the window closes, and says so itself."""

    rests = True


class UntilMatched(Waiting):
    """The map of a match that is being computed."""

    def __init__(self, known: set[str], ends: tuple[str, str]) -> None:
        self._known = known
        self._ends = ends

    def poll(self, window: Window) -> Any:
        for item in window.app.scene.of(MatchItem):
            if item.id not in self._known and item.parents == self._ends:
                return item.map_ab
        if window.app.busy():
            return None
        failed = [notice for notice in window.app.notices.log if notice.kind == "error"]
        words = (failed[-1].message, failed[-1].hint) if failed else ("The match was stopped in the window.", "")
        raise ParameterError(*words)


def answer(window: Window, name: str, content: Any) -> Any:
    """Do what is asked and return the answer; () for nothing in particular, a `Waiting` for later.

    Raises
    ------
    GeomError   it cannot be done; the sentence says why.
    """
    return _ANSWERS[name](window, content)


def _add(window: Window, content: dict[str, Any]) -> Any:
    app = window.app
    command = added(app.shape, content)
    if not command.items:
        return ()
    first = not app.scene.of(ShapeItem)
    app.do(command)
    shapes = [item for item in command.items if isinstance(item, ShapeItem)]
    owner = shapes[0] if shapes else app.shape
    app.focus_on(owner.id if owner else command.items[0].id)
    if shapes:
        app.look("corner" if first else "same")
    return ()


def _set(window: Window, content: tuple[str, dict[str, Any]]) -> Any:
    app = window.app
    app.do(replaced(app.scene, app.shape, *content))
    return ()


def _get(window: Window, name: str) -> Any:
    return values_on(window.app.scene, name)


def _screenshot(window: Window, panels: bool) -> Any:
    # What was asked for before must be drawn first; taken between frames, where it may be.
    window.present()
    return window.picture(with_panels=panels)


def _scene(window: Window, _: None) -> Any:
    content: list[Any] = []
    arrays: dict[str, np.ndarray] = {}
    for item in window.app.scene:
        own: dict[str, np.ndarray] = {}
        content.append(encode(item, own, item.id))
        arrays |= own
    return content, arrays


def _selection(window: Window, _: None) -> Any:
    return selected(window.app.scene, window.app.focus)


def _wait(window: Window, _: None) -> Any:
    if window.is_hidden:
        raise DeviceError("The window is hidden: nobody could close it.", "Take a screenshot, or call close().")
    return UntilClosed()


def _match(window: Window, names: tuple[str, str]) -> Any:
    app = window.app
    desk: Any = app.desks["match"]
    ends = [app.scene.by_label(name) for name in names]
    desk.choose(*(item.id for item in ends))
    known = {item.id for item in app.scene.of(MatchItem)}
    reason = desk.needs(app)
    if reason:
        raise ParameterError(reason, "")
    app.run("match.compute")
    return UntilMatched(known, (ends[0].id, ends[1].id))


_ANSWERS: dict[str, Callable[[Window, Any], Any]] = {
    "add": _add,
    "set": _set,
    "get": _get,
    "screenshot": _screenshot,
    "scene": _scene,
    "selection": _selection,
    "wait": _wait,
    "match": _match,
}
