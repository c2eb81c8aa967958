"""What there is."""

from __future__ import annotations

from geomlearn.core.methods import METHODS, Method


def methods(word: str = "") -> tuple[Method, ...]:
    """The rows of the table of methods whose key, title or kind holds a word; all without one.

    A row has `key`, `title`, `kind`, `summary`, `equation`, `use`, `avoid`, `source`, and `resolve()`, the function
    itself.
    """
    return tuple(row for row in METHODS if word.lower() in f"{row.key} {row.title} {row.kind}".lower())
