"""Schedules of hyperparameters: what a self-tuned training found, for later ones to follow."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.operators.training.self_tuned.knobs import KNOBS


@dataclass(frozen=True, eq=False)
class HyperSchedule:
    """Values (t,) by name, over the share (t,) of a training that is done."""

    share: np.ndarray
    values: dict[str, np.ndarray]

    def at(self, share: float) -> dict[str, float]:
        """The values at a share of the training, straight between those that are known."""
        return {name: float(np.interp(share, self.share, values)) for name, values in self.values.items()}


def write_schedule(path: str | Path, schedule: HyperSchedule, *, force: bool = False) -> Path:
    """Write it as a table, .csv: `share`, and a column for each knob."""
    with atomic_path(path, force=force) as temporary, temporary.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["share", *schedule.values])
        rows.writerows(np.column_stack([schedule.share, *schedule.values.values()]).tolist())
    return Path(path)


def read_schedule(path: str | Path) -> HyperSchedule:
    """The table of `write_schedule`.

    Raises
    ------
    FormatError   it is none, or has values outside of what a knob may be.
    """
    path = existing_file(path)
    hint = "Give the .schedule.csv that `train … --self-tune` wrote."
    try:
        with path.open(newline="") as stream:
            names, *lines = list(csv.reader(stream))
        table = np.array([[float(word) for word in line] for line in lines], float)
    except (ValueError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{path.name} is no schedule: {str(error)[:100]}.", hint) from error
    if names[:1] != ["share"] or table.ndim != 2 or not len(table) or set(names[1:]) - set(KNOBS):
        raise FormatError(f"{path.name} is no schedule: its columns are {', '.join(names)[:100]}.", hint)
    share, columns = table[:, 0], dict(zip(names[1:], table[:, 1:].T, strict=True))
    if not np.isfinite(table).all() or (np.diff(share) < 0).any():
        raise FormatError(f"{path.name} is no schedule: its shares do not ascend, or a value is not finite.", hint)
    for name, values in columns.items():
        knob = KNOBS[name]
        if values.min() < knob.low * (1 - 1e-6) or values.max() > knob.high * (1 + 1e-6) or math.isnan(values.sum()):
            raise FormatError(f"{path.name}: {name} leaves [{knob.low:g}, {knob.high:g}].", hint)
    return HyperSchedule(share, columns)
