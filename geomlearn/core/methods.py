"""The table of methods: literal rows, resolved only when asked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True)
class Method:
    """One row: where a method lives and where it comes from.

    Attributes
    ----------
    key      the word used in the command line, Python, the window and files.
    title    the name its authors use.
    kind     laplacian · eigenbasis · descriptor · geodesic · matching · refinement · score · equation.
    target   "module:name" of the function that computes it.
    options  "module:name" of its option model, or empty when it has none.
    paper, year, arxiv   the source; arXiv id empty where the paper has none.
    benchmark  the script in `benchmarks/` that measures it.
    """

    key: str
    title: str
    kind: str
    target: str
    options: str
    paper: str
    year: int
    arxiv: str
    benchmark: str

    def resolve(self) -> Any:
        """The function itself; imports its module."""
        return _load(self.target)

    def resolve_options(self) -> Any:
        """The option model, or None; imports its module only."""
        return _load(self.options) if self.options else None


METHODS: tuple[Method, ...] = ()


def find_method(key: str, kind: str | None = None) -> Method:
    """The row with this key.

    Raises
    ------
    ParameterError   no method has this key; the sentence lists those there are.
    """
    rows = [row for row in METHODS if kind is None or row.kind == kind]
    for row in rows:
        if row.key == key:
            return row
    known = ", ".join(row.key for row in rows)
    raise ParameterError(f"There is no {kind or 'method'} called {key}.", f"Choose one of {known}.")


def _load(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
