"""What the window tells the person: errors that stay until dismissed, news that fade by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from geomlearn.core.errors import GeomError

NEWS_S = 6.0
Buttons = tuple[tuple[str, Callable[[], object]], ...]
"""Words, and what is done when they are pressed."""


@dataclass(eq=False)
class Notice:
    """One message.

    Attributes
    ----------
    message, hint  what is wrong and what to do; or the news and "".
    kind           "error" · "warning" · "news".
    details        the stack or the log, shown on request.
    buttons        (label, what it does) offered with the message.
    """

    message: str
    hint: str = ""
    kind: str = "news"
    details: str = ""
    buttons: Buttons = ()
    born_s: float = field(default_factory=time.monotonic)
    count: int = 1
    open: bool = False


class Notices:
    """The messages on screen, and the log of all."""

    def __init__(self) -> None:
        self.shown: list[Notice] = []
        self.log: list[Notice] = []

    def say(self, notice: Notice) -> None:
        """Show a message; one that is on screen already is counted instead of repeated."""
        for other in self.shown:
            if (other.message, other.kind) == (notice.message, notice.kind):
                other.count += 1
                other.born_s = notice.born_s
                return
        self.shown.append(notice)
        self.log.append(notice)
        del self.shown[:-5], self.log[:-200]

    def news(self, message: str, *, instead_of: str = "") -> None:
        """Say something; `instead_of` begins the news that this one makes old."""
        if instead_of:
            self.shown = [n for n in self.shown if n.kind != "news" or not n.message.startswith(instead_of)]
        self.say(Notice(message))

    def error(self, error: GeomError, details: str = "", buttons: Buttons = ()) -> None:
        self.say(Notice(error.message, error.hint, "error", details, buttons))

    def dismiss(self, notice: Notice | None = None) -> None:
        """Take one message away, or the newest."""
        notice = notice or (self.shown[-1] if self.shown else None)
        if notice in self.shown:
            self.shown.remove(notice)

    def fading(self) -> bool:
        """Whether something on screen will go by itself."""
        return any(notice.kind == "news" and not notice.open for notice in self.shown)

    def tidy(self) -> None:
        """Let old news fade."""
        now = time.monotonic()
        self.shown = [n for n in self.shown if n.kind != "news" or n.open or now - n.born_s < NEWS_S]
