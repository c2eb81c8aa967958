"""How a verb speaks: results on stdout, all else on stderr, progress as a bar, Ctrl-C and SIGTERM as wishes to stop."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from geomlearn.app.cli.exits import ENDINGS, Asked
from geomlearn.app.cli.streams import takes
from geomlearn.core.progress import Progress


class Terminal:
    """The two streams of one run.

    Parameters
    ----------
    json   print one JSON object on stdout at the end and nothing else there.
    quiet  print nothing but errors, and the JSON object when that was asked for.
    """

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json = json
        self.quiet = quiet
        self._out = Console(highlight=False, soft_wrap=False)
        self._err = Console(stderr=True, highlight=False)
        self._interrupted = False

    @property
    def talks(self) -> bool:
        """True when a person reads stdout."""
        return not (self.json or self.quiet)

    def say(self, line: str | Text = "") -> None:
        """One line of the result."""
        if self.talks:
            self._out.print(line, soft_wrap=True)

    def title(self, name: str, kind: str) -> None:
        """The heading above some rows."""
        self.say(Text.assemble((name, "bold"), (f"  {kind}", "dim")))

    def show(self, table: Table) -> None:
        """A table of the result."""
        if self.talks:
            self._out.print(table)

    def rows(self, rows: Mapping[str, Any]) -> None:
        """Names on the left, values on the right."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows.items():
            if value is not None:
                table.add_row("  " + name, value if isinstance(value, Text) else Text(str(value)))
        self.show(table)

    def wrote(self, path: Path, what: str = "") -> None:
        """Name a file that was written, and say what is in it."""
        self.say(Text.assemble(("wrote ", "green"), (shown(path), "bold"), f"  {what}" if what else ""))

    def next(self, command: str) -> None:
        """The command a person most likely wants now."""
        self.say(Text.assemble(("next  ", "dim"), command))

    def warn(self, sentences: Sequence[str]) -> None:
        """Sentences that deserve attention, on stderr."""
        if not self.quiet:
            for sentence in sentences:
                self._err.print(Text.assemble(("warning: ", "yellow"), sentence), soft_wrap=True)

    def finish(self, payload: Mapping[str, Any]) -> None:
        """The whole result for a program, when it asked for it."""
        if self.json:
            text = json.dumps(jsonable(payload), ensure_ascii=False, allow_nan=False)
            sys.stdout.write((text if takes(text) else json.dumps(json.loads(text))) + "\n")

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """A progress bar on stderr; the first Ctrl-C or SIGTERM asks the work to stop, the second stops it at once."""
        # The handler first: whoever sees the bar may press Ctrl-C.
        with self._interruptible(), self._bar(title) as report:
            yield Progress(report, lambda: self._interrupted)

    @contextmanager
    def _bar(self, title: str) -> Iterator[Any]:
        from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
        )
        silent = self.quiet or not self._err.is_terminal
        with Bar(*columns, console=self._err, transient=True, disable=silent) as bar:
            task = bar.add_task(title, total=1.0, note="")
            yield lambda fraction, note="": bar.update(task, completed=fraction, note=note)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        def ask() -> None:
            if self._interrupted:
                raise Asked
            self._interrupted = True
            if not self.quiet:
                sentence = "Stopping at the next safe point; Ctrl-C again stops at once."
                # By a thread of its own: the signal may have come in the middle of a write to the same stream, which
                # must not be entered again.
                threading.Thread(target=self._err.print, args=(sentence,), kwargs={"style": "yellow"}).start()

        with ENDINGS.told_to(ask):
            yield


def shown(path: Path | str) -> str:
    """A path as short as it can be said from here."""
    path = Path(path)
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """A compact table with these headings; those named in `right` hold numbers."""
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in columns:
        grid.add_column(column, justify="right" if column in right else "left", no_wrap=column in right)
    return grid


def number(value: float | None) -> str:
    """A number to four digits, as a person writes it: 12,345 · 0.01234 · 1.2e-9; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if value == 0 or not math.isfinite(value):
        return str(value).removesuffix(".0")
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:.3g}"


def jsonable(value: Any) -> Any:
    """`value` in JSON's own types: arrays become lists, and numbers that are not finite become null."""
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return str(value)
