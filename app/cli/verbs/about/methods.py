"""`geomlearn methods`: what there is to choose from, where it comes from, and how it is set."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.flags import SPEECH, Common
from geomlearn.app.cli.options import described
from geomlearn.app.cli.terminal import Terminal, table
from geomlearn.core.errors import ParameterError
from geomlearn.core.methods import METHODS, Method
from geomlearn.operators.models.shipped import PREFIX, SHIPPED


def methods(
    word: Annotated[str, Parameter(help="A method's key for its options, or any word to search for.")] = "",
    /,
    *,
    markdown: Annotated[bool, Parameter(negative="", show_default=False, help="Print the table in Markdown.")] = False,
    common: Common = SPEECH,
) -> None:
    """List the methods with their sources; with a key, its options too."""
    terminal = common.terminal()
    exact = [row for row in METHODS if row.key == word.lower()]
    rows = exact or [row for row in METHODS if word.lower() in _text(row)]
    if not rows:
        raise ParameterError(f"No method mentions {word}.", "`geomlearn methods` lists all of them.")
    if markdown:
        sys.stdout.write(_markdown(rows))
    elif word and len(rows) == 1:
        _show_one(rows[0], terminal)
    else:
        _show_all(rows, terminal)
    terminal.finish({"methods": [_facts(row) for row in rows]})


def _text(row: Method) -> str:
    return f"{row.key} {row.title} {row.kind} {row.paper} {row.year} {row.arxiv}".lower()


def _facts(row: Method) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in Method.__dataclass_fields__}
    model = row.resolve_options()
    return {**facts, "options": described(model) if model else []}


def _show_all(rows: list[Method], terminal: Terminal) -> None:
    grid = table("key", "method", "kind", "source")
    for row in rows:
        grid.add_row(row.key, row.title, row.kind, _source(row))
    terminal.show(grid)
    if len(rows) == len(METHODS):
        terminal.rows({f"{PREFIX}{row.key}": row.title for row in SHIPPED})
    terminal.next(f"geomlearn methods {rows[0].key}")


def _show_one(row: Method, terminal: Terminal) -> None:
    terminal.title(row.title, row.kind)
    terminal.rows(
        {
            "key": row.key,
            "source": f"{row.paper}, {_source(row)}",
            "Python": row.target,
            "measured": f"python -m benchmarks {row.benchmark}",
        }
    )
    model = row.resolve_options()
    if not model:
        return
    grid = table("option", "default", "range", "meaning")
    for option in described(model):
        unit = f" [{option['unit']}]" if option["unit"] else ""
        # Square brackets are styles to rich unless escaped.
        grid.add_row(
            option["name"], option["default"], option["range"], f"{option['description']}{unit}".replace("[", r"\[")
        )
    terminal.say()
    terminal.show(grid)


def _measured(row: Method) -> str:
    return f"python -m benchmarks {row.benchmark}"


def _source(row: Method) -> str:
    return f"{row.year}, arXiv {row.arxiv}" if row.arxiv else str(row.year)


def _markdown(rows: list[Method]) -> str:
    lines = ["| Key | Method | Kind | Source |", "|---|---|---|---|"]
    for row in rows:
        link = f", [arXiv {row.arxiv}](https://arxiv.org/abs/{row.arxiv})" if row.arxiv else ""
        lines.append(f"| [`{row.key}`]({row.key}.md) | {row.title} | {row.kind} | {row.paper}, {row.year}{link} |")
    return "\n".join(lines) + "\n"
