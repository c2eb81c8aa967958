"""One piece of long work as the window sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from geomlearn.core.errors import GeomError


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "waiting"
    RUNNING = "running"
    CANCELLING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(eq=False)
class Job:
    """Work handed to a worker. Only the runner changes it.

    Attributes
    ----------
    title    what people read: "100 modes of cat".
    target   "module:function"; it gets `progress` when it has a parameter of that name.
    lane     jobs of one lane run one after another, lanes run beside each other.
    on_end   called once, on the window's thread, when all is over; look at `state`, `result` and `error`.
    peak_bytes  memory it took beyond what the worker held already; 0 where the system does not tell.
    result   what the function returned; after a cancel the best so far, if the function handed it over, else None.
    """

    title: str
    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    lane: str = "main"
    on_end: Callable[[Job], None] | None = None
    number: int = 0
    state: State = State.QUEUED
    fraction: float = 0.0
    note: str = ""
    result: Any = None
    error: GeomError | None = None
    details: str = ""
    started_s: float = 0.0
    ended_s: float = 0.0
    peak_bytes: int = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since it started; 0 while it waits."""
        if not self.started_s:
            return 0.0
        return (self.ended_s or time.monotonic()) - self.started_s

    @property
    def remaining_s(self) -> float | None:
        """Estimated seconds left, or None while nothing sensible can be said."""
        if self.state != State.RUNNING or self.fraction < 0.02 or self.elapsed_s < 0.5:
            return None
        return self.elapsed_s * (1 - self.fraction) / self.fraction
