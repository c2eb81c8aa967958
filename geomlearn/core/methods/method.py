"""One row of the method table."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Method:
    """Where a method lives, what it is for, and where it comes from. The only place that names it.

    Attributes
    ----------
    key        the word used in the command line, Python, the window and files.
    title      the name its authors use.
    kind       laplacian · eigenbasis · descriptor · geodesic · matching · refinement · transport · score ·
               equation · sequence · optimizer · regularizer · alignment · initialization · operator · placement ·
               regression · calibration · sparse · dictionary · restoration · tuning · collection · adaptation ·
               compression · attention · design.
    target     "module:name" of the function or class that computes it.
    options    "module:name" of its option model, or empty when it has none.
    paper, year, arxiv   the source; arXiv id empty where the paper has none.
    summary    what it does, one sentence.
    equation   the lines that define it.
    use, avoid the ends of "Use when …" and "Avoid when …".
    networks   ("grid", "points" or "shapes", "module:name") for each kind of place its functions may live on, with what
               builds a network for them that can be trained; empty where it is no network.
    needs      distributions beside the base that it imports, such as "torch".
    window     where it appears in the window, such as "Spectrum" or "Sense · Place"; empty if nowhere.
    benchmark  room and name of what measures it: `python -m benchmarks ROOM NAME`.
    """

    key: str
    title: str
    kind: str
    target: str
    options: str = ""
    paper: str
    year: int
    arxiv: str = ""
    summary: str
    equation: tuple[str, ...] = ()
    use: str = ""
    avoid: str = ""
    networks: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    window: str = ""
    benchmark: str

    @property
    def page(self) -> str:
        """Path of its documentation page in the checkout."""
        return f"docs/methods/{self.key}.md"

    @property
    def source(self) -> str:
        """Paper, year and arXiv id as one line."""
        return f"{self.paper}, {self.year}" + (f", arXiv {self.arxiv}" if self.arxiv else "")

    def resolve(self) -> Any:
        """The function itself; imports its module."""
        return load(self.target)

    def resolve_options(self) -> Any:
        """The option model, or None; imports its module only."""
        return load(self.options) if self.options else None


def load(target: str) -> Any:
    """What "module:name" names; imports the module."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
