"""How a run ends: exit codes, the error that means wrong usage, and signals that ask for an end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from geomlearn.core.errors import GeomError

DONE = 0
FAILED = 1
"""The work failed, or `check` found the shape unusable."""
USAGE = 2
CANCELLED = 130
"""By Ctrl-C. When asked by SIGTERM the code is 143, and 129 when the terminal went away (SIGHUP): 128 + the signal."""

# Those that mean the same as Ctrl-C; Windows has fewer.
_ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class UsageError(GeomError):
    """Flags that do not go together, or say nothing usable."""


class Asked(KeyboardInterrupt):
    """A signal asked for an end, and the work unwinds as after Ctrl-C."""


class Endings:
    """Which signal asked for an end, and who hears of it.

    While nobody does, `Asked` is raised where the work is.
    """

    def __init__(self) -> None:
        self.signal = signal.SIGINT
        self._listener: Callable[[], None] | None = None

    @property
    def code(self) -> int:
        """The exit code of a run that was asked to end."""
        return 128 + self.signal

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGHUP end the work as Ctrl-C does; those that are ignored, as under nohup, stay so."""
        self.signal = signal.SIGINT
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        # None stands for a handler that is not Python's, which could not be put back.
        heard = [one for one in _ENDINGS if signal.getsignal(one) not in (signal.SIG_IGN, None)]
        before = {one: signal.signal(one, self._hear) for one in heard}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    @contextmanager
    def told_to(self, listener: Callable[[], None]) -> Iterator[None]:
        """Inside, `listener` is called instead; it may raise."""
        before, self._listener = self._listener, listener
        try:
            with self._ensured():
                yield
        finally:
            self._listener = before

    @contextmanager
    def _ensured(self) -> Iterator[None]:
        """A verb that is called as a function has nobody above it who hears signals."""
        if signal.getsignal(signal.SIGINT) == self._hear:
            yield
            return
        with self.heeded():
            yield

    def _hear(self, number: int, frame: Any) -> None:
        self.signal = signal.Signals(number)
        if self._listener is None:
            raise Asked
        self._listener()


ENDINGS = Endings()
