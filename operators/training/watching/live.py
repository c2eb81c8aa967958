"""The live record of a run: a line every quarter of a second, for whoever looks on while it trains."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geomlearn.core.files import atomic_path

LIVE = "live.jsonl"
_EVERY_S = 0.25


class LiveLog:
    """Appends to ``live.jsonl`` in the run's folder.

    A line has `step`, `epoch` (with its fraction), `loss` (the mean since the line before), the learning rate or what
    the optimizer has in its place, and `time_s` of training so far, pauses left out. A change of options at a resume
    is a line with `step` and `changes`, by option: [old, new].

    Parameters
    ----------
    last_step   lines after this step are dropped first: a resumed run repeats them.
    """

    def __init__(self, folder: Path, last_step: int = 0) -> None:
        self.path = folder / LIVE
        kept = [row for row in read_live(self.path) if row["step"] <= last_step]
        with atomic_path(self.path, force=True) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in kept))
        self._spent = max((row.get("time_s", 0.0) for row in kept), default=0.0)
        self._started = time.monotonic()
        self._last = -_EVERY_S
        self._losses: list[float] = []

    def step(self, step: int, epoch: float, loss: float, rates: Mapping[str, float]) -> None:
        """Take in one step; writes only when the last line is old enough."""
        self._losses.append(loss)
        now = time.monotonic() - self._started
        if now - self._last < _EVERY_S:
            return
        self._last = now
        mean = sum(self._losses) / len(self._losses)
        self._losses.clear()
        self._append({"step": step, "epoch": epoch, "loss": mean, **rates, "time_s": self._spent + now})

    def changed(self, step: int, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Note that the run goes on with other options."""
        self._append({"step": step, "changes": {name: list(pair) for name, pair in changes.items()}})

    def _append(self, row: Mapping[str, Any]) -> None:
        with self.path.open("a") as stream:
            stream.write(json.dumps(row) + "\n")


def read_live(path: Path) -> list[dict[str, Any]]:
    """The lines written so far; one that is being written, or was cut short, is left out."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows
