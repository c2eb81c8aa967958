"""The print-outs of the benchmarks as pages: `benchmarks/measured/NAME.md` is read in, word for word."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "benchmarks" / "measured"


def copied(app: Sphinx) -> None:
    """Copies below docs/benchmarks/measured, with links that hold there; old copies go."""
    folder = Path(app.srcdir) / "benchmarks" / "measured"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in sorted(MEASURED.glob("*.md")):
        (folder / page.name).write_text(_relinked(page.read_text()))


def _relinked(text: str) -> str:
    """Links to the pages of the documentation lead to them; those to code lose their target, which has no page."""
    text = re.sub(r"\]\(\.\./\.\./docs/", "](/", text)
    return re.sub(r"\[([^\]]+)\]\(\.\./[\w/]+\.py\)", r"`\1`", text)


def within(app: Sphinx, name: str, source: list[str]) -> None:
    """Links to print-outs lead to their copies; those that leave the documentation lose their target."""
    source[0] = re.sub(r"\]\((?:\.\./)+benchmarks/measured/", "](/benchmarks/measured/", source[0])
    outside = "../" * (name.count("/") + 1)
    source[0] = re.sub(rf"\[`?([^\]`]+)`?\]\({re.escape(outside)}[\w/.]+\)", r"`\1`", source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy before anything is read, and follow the links."""
    app.connect("builder-inited", copied)
    app.connect("source-read", within)
    return {"parallel_read_safe": True}
