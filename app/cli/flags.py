"""Flags that several verbs share, each said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


_order = count()


def flat(
    model: type[Options],
    title: str = "Options of the method",
    *,
    first: tuple[str, ...] = (),
    rest: str | Mapping[type[Options], str] = "",
) -> Parameter:
    """Spell each field of an option model as a flag of its own, and its range and unit in the help.

    Parameters
    ----------
    first   the fields that matter most, in this order, which then stand under `title` alone.
    rest    where the help shows the others: a title, or one for each model that the fields come from.
    """
    # Groups follow each other as the verb names them.
    place = 5 + next(_order) / 10_000
    return Parameter(name="*", group=Group(title, sort_key=place, help_formatter=_WithUnits(model, first, rest)))


class _WithUnits:
    """The usual help, with what an option model knows beyond the description of its fields."""

    def __init__(
        self, model: type[Options], first: tuple[str, ...] = (), rest: str | Mapping[type[Options], str] = ""
    ) -> None:
        self._model, self._first, self._rest = model, first, rest

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        rows = {_flag(row["name"]): row for row in described(self._model)}
        entries = {
            entry.positive_names[0]: self._in_full(entry, rows.get(entry.positive_names[0])) for entry in panel.entries
        }
        for title, names in self._panels(panel.title):
            shown = [entries[_flag(name)] for name in names if _flag(name) in entries]
            if shown:
                DefaultFormatter()(console, options, panel.copy(title=title, entries=shown))

    def _panels(self, title: Any) -> Iterator[tuple[Any, list[str]]]:
        fields = list(self._model.model_fields)
        # What a model adds matters more to its readers than what it inherits.
        fields.sort(key=lambda name: name not in self._model.__annotations__)
        yield title, [*self._first] or fields
        left = [name for name in fields if name not in self._first] if self._first else []
        if isinstance(self._rest, str):
            yield self._rest, left
            return
        for model, words in self._rest.items():
            yield words, [name for name in left if name in model.model_fields]
            left = [name for name in left if name not in model.model_fields]
        yield "Further options", left

    @staticmethod
    def _in_full(entry: HelpEntry, row: dict[str, str] | None) -> HelpEntry:
        if row is None:
            return entry
        limits = "" if entry.choices else row["range"]
        extent = " ".join(word for word in (limits, row["unit"]) if word)
        text = f"{row['description']} ({extent})" if extent else row["description"]
        silent = row["default"] in ("chosen", "none")
        return entry.copy(description=Text(text), default=None if silent else row["default"])


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
