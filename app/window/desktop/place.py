"""Size and place of the window: the first fits the screen, later ones are as the last was left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polyscope as ps

from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.ui.layout import Rect

if TYPE_CHECKING:
    from geomlearn.app.window.preferences import Preferences

WANTED = (1440, 900)
LEAST = (640, 480)
FRAME = 48
"""Pixels that the desktop's own title bar and border may take."""
SETTLED_S = 0.6
"""A size that stayed so long is remembered."""


def first_size(kept: Sequence[int], screen: Rect | None) -> tuple[int, int]:
    """The size to open with: the one remembered, or the usual one, never larger than the screen."""
    wanted = tuple(kept) if len(kept) == 2 else WANTED
    if screen is None:
        return max(wanted[0], LEAST[0]), max(wanted[1], LEAST[1])
    room = (int(screen.w), int(screen.h - FRAME))
    width, height = (
        max(min(one, most), min(least, most)) for one, most, least in zip(wanted, room, LEAST, strict=True)
    )
    return width, height


def first_place(kept: Sequence[int], size: tuple[int, int], screen: Rect | None) -> tuple[int, int] | None:
    """Where to open: where the last one was, if the middle of its upper edge can be seen; None leaves it open."""
    if screen is None or len(kept) != 2:
        return None
    return (kept[0], kept[1]) if screen.contains(kept[0] + size[0] / 2, kept[1]) else None


class Place:
    """Remembers how large the window is and where it stands, once it stays so."""

    def __init__(self) -> None:
        self._seen: tuple[list[int], list[int]] | None = None
        self._since_s = 0.0

    def follow(self, preferences: Preferences) -> None:
        """Once per frame."""
        at = glfw.place()
        if at is None or glfw.is_full():
            return
        now = (list(ps.get_window_size()), list(at))
        if now != self._seen:
            self._seen, self._since_s = now, time.monotonic()
        elif time.monotonic() - self._since_s > SETTLED_S:
            self.keep(preferences)

    def keep(self, preferences: Preferences) -> None:
        """Remember what was seen last."""
        if self._seen and self._seen != (preferences.size, preferences.place):
            preferences.change(size=self._seen[0], place=self._seen[1])
