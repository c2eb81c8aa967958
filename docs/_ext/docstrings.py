"""Docstrings are written for people who read code: their prose becomes text, their columns become lists of terms."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from sphinx.application import Sphinx

_LONGEST_TERM = 60
_LITERAL = re.compile(r"(``[^`]+``|`[^`]+`)")


def process(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """A first paragraph as text, then sections."""
    lines[:] = rewritten(lines)


def rewritten(lines: list[str]) -> list[str]:
    """The same docstring as reStructuredText."""
    found: list[str] = []
    for heading, body in _sections(lines):
        if heading:
            found += [f"**{heading}**", ""]
        for block in _blocks(body):
            found += _columns(block) if heading or _is_table(block) else [*map(_text, block), ""]
    return found


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Headings, each underlined by dashes, with what stands below; the first has none."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if re.fullmatch(r"-{4,}", below) and line.strip():
            found.append((line.strip(), []))
        elif not re.fullmatch(r"-{4,}", line):
            found[-1][1].append(line)
    return found


def _blocks(lines: list[str]) -> list[list[str]]:
    """Paragraphs."""
    text = "\n".join(lines).strip("\n")
    return [block.split("\n") for block in re.split(r"\n\s*\n", text) if block.strip()]


def _is_table(block: list[str]) -> bool:
    return any(re.search(r"\S\s{2,}\S", line) or line.startswith("    ") for line in block)


def _columns(block: list[str]) -> list[str]:
    """Lines `term   what it is`, continued by indented ones, as a list of terms; other columns stay as they are."""
    block = textwrap.dedent("\n".join(block)).split("\n")
    if not _is_table(block):
        return [*map(_text, block), ""]
    terms: list[tuple[str, list[str]]] = []
    for line in block:
        begun = re.fullmatch(r"(\S.*?)\s{2,}(\S.*)", line)
        if begun and len(begun[1]) <= _LONGEST_TERM:
            terms.append((begun[1], [begun[2]]))
        elif terms and line.startswith(" "):
            terms[-1][1].append(line.strip())
        else:
            return [".. code-block:: none", "", *textwrap.indent("\n".join(block), "   ").split("\n"), ""]
    found: list[str] = []
    for term, words in terms:
        found += [f"``{term.replace('`', '')}``", *(f"   {_text(line)}" for line in words), ""]
    return found


def _text(line: str) -> str:
    """A line in which nothing but what stands in backticks means anything to the markup."""
    parts = _LITERAL.split(line)
    return "".join(
        f"``{part.strip('`')}``" if part.startswith("`") else re.sub(r"([\\*|_`])", r"\\\1", part) for part in parts
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen for docstrings."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True}
