"""What an iterative method returns: its value, why it stopped, and how it got there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Status(StrEnum):
    """Why an iterative method stopped."""

    CONVERGED = "converged"
    LIMIT_REACHED = "limit reached"
    STALLED = "stalled"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Result(Generic[T]):
    """A value with the story of its computation.

    Attributes
    ----------
    value     what was computed; after `CANCELLED` the best so far.
    status    why the method stopped.
    sentence  the same for a person, one sentence.
    history   one mapping per iteration, its numbers by name.
    stats     figures of the whole run, by name with units in the name (`time_s`, `residual`).
    """

    value: T
    status: Status
    sentence: str = ""
    history: tuple[Mapping[str, float], ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)
