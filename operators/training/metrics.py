"""The record of a run: one JSON line per epoch, and the same for TensorBoard where tensorboardX is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path


class MetricsLog:
    """Append-only metrics of one run in ``metrics.jsonl``, mirrored to TensorBoard event files beside it.

    Parameters
    ----------
    folder   the run's folder.
    last_epoch   epochs after this one are dropped first: a resumed run repeats them.
    """

    def __init__(self, folder: Path, last_epoch: int = 0) -> None:
        self.path = folder / "metrics.jsonl"
        kept = [row for row in read_metrics(self.path) if row["epoch"] <= last_epoch] if self.path.exists() else []
        with atomic_path(self.path, force=True) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in kept))
        self._events = None
        if find_spec("tensorboardX"):
            from tensorboardX import SummaryWriter

            self._events = SummaryWriter(str(folder / "events"), purge_step=last_epoch + 1)

    def add(self, row: Mapping[str, float]) -> None:
        """Append one epoch; `row` has a whole number `epoch` and figures by name."""
        with self.path.open("a") as stream:
            stream.write(json.dumps(row) + "\n")
        if self._events is None:
            return
        for name, value in row.items():
            if name != "epoch":
                self._events.add_scalar(name, value, int(row["epoch"]))
        self._events.flush()

    def close(self) -> None:
        """Release the event file."""
        if self._events is not None:
            self._events.close()


def read_metrics(path: str | Path) -> list[dict[str, float]]:
    """The epochs of a ``metrics.jsonl``; a last line cut short by a kill is left out.

    Raises
    ------
    FormatError   a line that is not the last is damaged.
    """
    lines = Path(path).read_text().splitlines()
    rows = []
    for number, line in enumerate(lines):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines) - 1:
                raise FormatError(f"Line {number + 1} of {Path(path).name} is damaged.", "Delete that line.") from None
    return rows
