"""What benchmarks share: where the public data lie, how work is timed, how a part runs in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that the work takes, and what it gives."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def in_a_process(room: str, name: str, *words: str) -> list[str]:
    """The command that runs a benchmark's file in an interpreter of its own."""
    return [sys.executable, "-m", "benchmarks", room, name, *words]
