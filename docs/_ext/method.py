"""The fence ```{method} KEY```: the card, equation and options of a row of the table of methods."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from geomlearn.app.cli.options import described
from geomlearn.core.methods import METHODS, Method

sys.path.append(str(Path(__file__).resolve().parents[1] / "pictures"))
from draw import KEPT, caption, drawings


class MethodCard(SphinxDirective):
    """Everything that a row says, so that a page need not repeat it."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        rows = [row for row in METHODS if row.key == self.arguments[0]]
        if not rows:
            raise self.error(f"There is no method called {self.arguments[0]}.")
        return [node for row in rows for node in _card(row, rows)]


def _card(row: Method, rows: list[Method]) -> list[nodes.Node]:
    found: list[nodes.Node] = [nodes.paragraph("", row.summary)]
    if row is rows[0]:
        found += _picture(row.key)
    if row.equation:
        text = "\n".join(row.equation)
        found.append(nodes.literal_block(text, text, language="none"))
    if row.use:
        found.append(_said("Use when ", row.use))
    if row.avoid:
        found.append(_said("Avoid when ", row.avoid))
    found.append(_facts(row))
    model = row.resolve_options()
    if model is not None and described(model):
        found += [nodes.rubric("", "Options"), _options(described(model))]
    return found


def _picture(key: str) -> list[nodes.Node]:
    """The kept picture of a method with its sentence, if there is one."""
    drawing = drawings().get(key)
    if drawing is None or not (KEPT / f"{key}.png").is_file():
        return []
    words = caption(drawing)
    source = nodes.inline("", "", nodes.Text(f"{words} "), nodes.literal("", f"docs/pictures/{drawing.__module__}.py"))
    image = nodes.image(uri=f"/methods/pictures/{key}.png", alt=words)
    return [nodes.figure("", image, nodes.caption("", "", source))]


def _said(begin: str, text: str) -> nodes.paragraph:
    paragraph = nodes.paragraph()
    paragraph += [nodes.strong("", begin), nodes.Text(text)]
    return paragraph


def _facts(row: Method) -> nodes.field_list:
    facts = nodes.field_list()
    source = nodes.paragraph("", f"{row.paper}, {row.year}")
    if row.arxiv:
        link = nodes.reference("", f"arXiv {row.arxiv}", refuri=f"https://arxiv.org/abs/{row.arxiv}")
        source += [nodes.Text(", "), link]
    module, _, name = row.target.partition(":")
    _add(facts, "Source", source)
    _add(facts, "Kind", nodes.paragraph("", row.kind))
    _add(facts, "In Python", nodes.paragraph("", "", nodes.literal("", f"from {module} import {name}")))
    if row.window:
        _add(facts, "In the window", nodes.paragraph("", row.window))
    if row.needs:
        _add(facts, "Needs", nodes.paragraph("", ", ".join(row.needs)))
    _add(facts, "Measured by", nodes.paragraph("", "", nodes.literal("", f"python -m benchmarks {row.benchmark}")))
    return facts


def _add(facts: nodes.field_list, name: str, body: nodes.Node) -> None:
    facts += nodes.field("", nodes.field_name("", name), nodes.field_body("", body))


def _options(rows: list[dict[str, str]]) -> nodes.table:
    """Name, default, range with unit, and meaning of each option."""
    table, group = nodes.table(classes=["options"]), nodes.tgroup(cols=4)
    table += group
    group += [nodes.colspec(colwidth=width) for width in (18, 12, 20, 50)]
    head, body = nodes.thead(), nodes.tbody()
    group += [head, body]
    head += _row(["option", "default", "range", "meaning"])
    for row in rows:
        extent = " ".join(word for word in (row["range"], row["unit"]) if word)
        body += _row([row["name"], row["default"], extent, row["description"]], literal=True)
    return table


def _row(cells: list[str], *, literal: bool = False) -> nodes.row:
    row = nodes.row()
    for column, text in enumerate(cells):
        inner = nodes.literal("", text) if literal and column == 0 else nodes.Text(text)
        row += nodes.entry("", nodes.paragraph("", "", inner))
    return row


def check(_app: Sphinx, config: Config) -> None:
    """The Python domain has a directive of this name, which would hide all cards without a word."""
    if config.primary_domain:
        raise ExtensionError("Set primary_domain = None: the fence `method` belongs to the table of methods.")


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the fence known."""
    app.connect("config-inited", check)
    app.add_directive("method", MethodCard)
    return {"parallel_read_safe": True}
