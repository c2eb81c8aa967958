"""What the person looks at and works with. Read anywhere, changed only through the methods here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from geomlearn.app.model.computed import Source
from geomlearn.app.model.items import Item, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.desk import Desk, Hit

Work = Callable[[Any], None]
"""Done between two frames; gets the window."""


class Attention:
    """The part of the window's state that undo leaves alone.

    Attributes
    ----------
    focus     id of the item the person is working with, or "".
    hit       what the pointer is on, or None.
    moving    id of the shape that is moved by hand, or "".
    tool      what a click on a shape does: "measure", "probe", or "" for what the desk says.
    first     the first of two points of a distance, while the second is waited for.
    page      name of the page over the stage, or "".
    guide     which step of the tour is shown, from 1; 0 for none.
    console   whether the console is open.
    panels    whether the panels are shown.
    closing   whether the window is about to go.
    desk      the open desk.
    active_s  when something happened last, on the monotonic clock.
    """

    @property
    def scene(self) -> Scene:
        """What is on the stage."""
        raise NotImplementedError

    def __init__(self, desks: dict[str, Desk]) -> None:
        self.desks = desks
        self.desk = next(iter(desks.values()), None)
        self.focus = ""
        self.hit: Hit | None = None
        self.moving = ""
        self.tool = ""
        self.first: Hit | None = None
        self.page = ""
        self.guide = 0
        self.console = False
        self.panels = True
        self.closing = False
        self.active_s = time.monotonic()
        self._view_wanted = ""
        self._after_frame: list[Work] = []

    # What the person is working with

    @property
    def item(self) -> Item | None:
        """The item in focus."""
        return self.scene.items.get(self.focus)

    @property
    def shape(self) -> ShapeItem | None:
        """The shape in focus: the item itself, the one it belongs to, or the first on the stage.

        A twin stands for its original.
        """
        item = self.item
        if item is not None and not isinstance(item, ShapeItem):
            item = next((self.scene[key] for key in item.parents if key in self.scene), None)
        if isinstance(item, ShapeItem) and item.twin_of in self.scene:
            item = self.scene[item.twin_of]
        shapes = self.scene.of(ShapeItem)
        return item if isinstance(item, ShapeItem) else (shapes[0] if shapes else None)

    @property
    def source(self) -> Source | None:
        """What colours the shape in focus."""
        shape = self.shape
        source = self.scene.items.get(shape.layer.source) if shape and shape.layer else None
        return source if isinstance(source, Source) else None

    def focus_on(self, item_id: str) -> None:
        """Work with this item; "" with none in particular."""
        self.focus = item_id

    def point_at(self, hit: Hit | None) -> None:
        """The pointer is on this now."""
        self.hit = hit

    def move_by_hand(self, shape_id: str) -> None:
        """Show the handles on this shape and work with it; "" puts them away."""
        self.moving = shape_id
        self.focus = shape_id or self.focus

    def take_tool(self, name: str) -> None:
        """From now on clicks on shapes are for this; "" gives them back to the desk."""
        self.tool = name
        self.first = None

    def begin_distance(self, hit: Hit | None) -> None:
        """The next click ends a distance that begins here; None forgets it."""
        self.first = hit

    # Where the person looks

    def look(self, view: str) -> None:
        """From the next frame on look so: "front", "corner" …, "same" to frame again, or a camera as text."""
        self._view_wanted = view

    def take_view(self) -> str:
        """The view asked for since the last frame, or ""; it is then no longer asked for."""
        view, self._view_wanted = self._view_wanted, ""
        return view

    def open_page(self, name: str) -> None:
        """Show a page over the stage."""
        self.page = name

    def close_page(self) -> None:
        """Show the stage again."""
        self.page = ""

    def show_desk(self, key: str) -> None:
        """Open a desk, and the panels with it."""
        self.desk = self.desks[key]
        self.panels = True

    def guide_to(self, step: int) -> None:
        """Show this step of the tour; 0 ends it."""
        self.guide = step

    def show_console(self, shown: bool) -> None:
        """With or without the console under the stage."""
        self.console = shown
        self.panels = self.panels or shown

    def show_panels(self, shown: bool) -> None:
        """With or without the panels around the stage."""
        self.panels = shown

    def leave(self) -> None:
        """Close the window after this frame."""
        self.closing = True

    # Time

    def wake(self) -> None:
        """Something happened: draw at full speed for a moment."""
        self.active_s = time.monotonic()

    def after_frame(self, work: Work) -> None:
        """Do this after the frame, where pictures may be taken."""
        self._after_frame.append(work)

    def has_work(self) -> bool:
        """Whether the next frame has something to do that this one had not."""
        return bool(self._after_frame or self._view_wanted)

    def take_work(self) -> list[Work]:
        """What is to be done between this frame and the next."""
        work, self._after_frame = self._after_frame, []
        return work
