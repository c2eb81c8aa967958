"""What a run left in its folder so far, read again when it has changed and not more often than anyone can see."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.training.metrics import read_metrics
from geomlearn.operators.training.watching.live import LIVE, read_live
from geomlearn.operators.training.watching.spectra import SPECTRA, Spectra, read_spectra

METRICS = "metrics.jsonl"
KNOBS = ("dropout", "noise", "weight_decay")
_EVERY_S = 0.4


class Record:
    """The record of one run.

    Attributes
    ----------
    steps, losses, scales   live lines: the step, the mean loss since the line before, and the learning rate or trust
                            radius. times  seconds of training at each.
    knobs     by name, what a self-tuned run had them at, one value a line.
    errors    (m, 2) epochs and the first validation error at their ends.
    changes   (step, words) where the run went on with other options.
    spectra   of the last look, or None.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = self.losses = self.scales = self.times = np.zeros(0)
        self.errors = np.zeros((0, 2))
        self.knobs: dict[str, np.ndarray] = {}
        self.changes: list[tuple[int, str]] = []
        self.spectra: Spectra | None = None
        self._seen: dict[str, float] = {}
        self._looked = -_EVERY_S

    @property
    def epochs(self) -> np.ndarray:
        """Epochs, with their fraction, of the live lines."""
        return self._epochs

    _epochs = np.zeros(0)

    def refresh(self, *, now: bool = False) -> None:
        """Read what has changed since the last look."""
        if not now and time.monotonic() - self._looked < _EVERY_S:
            return
        self._looked = time.monotonic()
        if self._changed(LIVE):
            self._take_live(read_live(self.folder / LIVE))
        try:
            if self._changed(METRICS):
                rows = read_metrics(self.folder / METRICS)
                found = [(row["epoch"], _error(row)) for row in rows]
                self.errors = np.array([pair for pair in found if pair[1] is not None]).reshape(-1, 2)
            if self._changed(SPECTRA):
                self.spectra = read_spectra(self.folder / SPECTRA)
        except FormatError:
            # Half a line, or none: it will be whole at the next look.
            self._seen.clear()

    def _take_live(self, rows: list[dict[str, Any]]) -> None:
        lines = [row for row in rows if "loss" in row]
        self.steps = np.array([row["step"] for row in lines], float)
        self._epochs = np.array([row["epoch"] for row in lines], float)
        self.losses = np.array([row["loss"] for row in lines], float)
        self.times = np.array([row["time_s"] for row in lines], float)
        self.scales = np.array([row.get("learning_rate", row.get("trust_radius", np.nan)) for row in lines], float)
        names = [name for name in KNOBS if lines and name in lines[-1]]
        self.knobs = {name: np.array([row.get(name, np.nan) for row in lines], float) for name in names}
        self.changes = [(row["step"], _words(row["changes"])) for row in rows if "changes" in row]

    def _changed(self, name: str) -> bool:
        path = self.folder / name
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        if stamp == self._seen.get(name, 0):
            return False
        self._seen[name] = stamp
        return True


def _error(row: dict[str, float]) -> float | None:
    return next((value for name, value in row.items() if name.startswith("valid_")), None)


def _words(changes: dict[str, list[Any]]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {new if new != '' else 'none'}" for name, (_, new) in changes.items())
