"""Flags that several verbs share, each said once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter
from cyclopts.help import DefaultFormatter
from rich.text import Text

from geomlearn.app.cli.options import described
from geomlearn.app.cli.terminal import Terminal
from geomlearn.core.options import Options

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

COMMON = Group("Common", sort_key=9)

Spec = Annotated[str, Parameter(help="A mesh or point cloud, or builtin:NAME[@VERTICES].", metavar="FILE")]
Output = Annotated[Path, Parameter(name=("--output", "-o"), help="File to write; its suffix chooses the format.")]


def _switch(*names: str, help: str) -> Parameter:
    """A flag that is either there or not."""
    return Parameter(name=names, negative="", show_default=False, group=COMMON, help=help)


Force = Annotated[bool, _switch("--force", help="Overwrite files that exist.")]
View = Annotated[bool, _switch("--view", help="Open the window on the result.")]


def flat(model: type[Options], title: str = "Options of the method") -> Parameter:
    """Spell each field of an option model as a flag of its own, and its range and unit in the help."""
    return Parameter(name="*", group=Group(title, sort_key=5, help_formatter=_WithUnits(model)))


class _WithUnits:
    """The usual help, with what an option model knows beyond the description of its fields."""

    def __init__(self, model: type[Options]) -> None:
        self._model = model

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        rows = {f"--{row['name'].replace('_', '-')}": row for row in described(self._model)}
        entries = [self._in_full(entry, rows.get(entry.positive_names[0])) for entry in panel.entries]
        # What a model adds matters more to its readers than what it inherits.
        own = {f"--{name.replace('_', '-')}" for name in self._model.__annotations__}
        entries.sort(key=lambda entry: entry.positive_names[0] not in own)
        DefaultFormatter()(console, options, panel.copy(entries=entries))

    @staticmethod
    def _in_full(entry: HelpEntry, row: dict[str, str] | None) -> HelpEntry:
        if row is None:
            return entry
        limits = "" if entry.choices else row["range"]
        extent = " ".join(word for word in (limits, row["unit"]) if word)
        text = f"{row['description']} ({extent})" if extent else row["description"]
        silent = row["default"] in ("chosen", "none")
        return entry.copy(description=Text(text), default=None if silent else row["default"])


@dataclass(frozen=True)
class Speech:
    """What a verb prints.

    Attributes
    ----------
    quiet  nothing but errors.
    json   one JSON object on stdout.
    debug  the stack below an error.
    """

    json: Annotated[bool, _switch("--json", help="Print one JSON object on stdout and nothing else.")] = False
    quiet: Annotated[bool, _switch("--quiet", "-q", help="Print nothing but errors.")] = False
    debug: Annotated[bool, _switch("--debug", help="Show the stack below an error.")] = False

    def terminal(self) -> Terminal:
        """The streams to speak on."""
        return Terminal(json=self.json, quiet=self.quiet)


Common = Annotated[Speech, Parameter(name="*", group=COMMON)]
SPEECH = Speech()
