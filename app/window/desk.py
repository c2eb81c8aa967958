"""What the window asks of a desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geomlearn.app.window.actions.table import Action

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application
    from geomlearn.app.window.ui.widgets import Ui


class Light(NamedTuple):
    """A point of the world (3,) to light up, its colour, and its size beside the usual one."""

    point: np.ndarray
    color: tuple[float, float, float]
    size: float = 1.0


@dataclass(frozen=True)
class Hit:
    """A point on a shape under the pointer.

    Attributes
    ----------
    shape_id  id of the shape.  vertex  the nearest vertex.  position  (3,) of that vertex in the world.
    """

    shape_id: str
    vertex: int
    position: np.ndarray


class Desk:
    """A desk does nothing until its methods are overridden; only `key`, `title` and `draw` must be.

    Attributes
    ----------
    key    the word in ids and sessions.  title  the word on the tab.
    width  wanted width in pixels at scale 1.
    """

    key = ""
    title = ""
    width = 356.0

    def actions(self) -> tuple[Action, ...]:
        """Its rows of the action table, called once at start; ids begin with the desk's key."""
        return ()

    def findable(self, app: Application) -> Iterable[Action]:
        """What the search finds of it besides its actions: methods, equations, models."""
        return ()

    def draw(self, app: Application, ui: Ui) -> None:
        """Draw the panel. Called each frame, and several times for a picture: it must not compute or count."""
        raise NotImplementedError

    def click(self, app: Application, hit: Hit) -> bool:
        """A click on a shape; true when the desk has used it."""
        return False

    def hover(self, app: Application, hit: Hit | None) -> list[Light]:
        """What to light up while the pointer is on `hit`."""
        return []

    def grip(self, app: Application, hit: Hit) -> Callable[[Hit], None] | None:
        """What a drag that begins here does, called with where it ends; None lets it turn the stage."""
        return None

    def take(self, app: Application, source: str, loaded: Any) -> bool:
        """A file that was read and holds no shape; true when the desk has placed it or said why not."""
        return False

    def remember(self) -> Mapping[str, Any]:
        """What a session should keep of the desk itself: JSON-able values, not part of undo."""
        return {}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take back what `remember` gave, perhaps from another version: ignore what is not understood."""
