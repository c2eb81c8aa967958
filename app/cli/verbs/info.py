"""`geomlearn info`: what a shape is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from app.cli.files import load
from app.cli.flags import SPEECH, Common
from app.cli.main import DONE, FAILED
from app.cli.terminal import Terminal
from geomlearn.core.errors import GeomError

Files = Annotated[str, Parameter(help="Meshes or point clouds, or builtin:NAME.", metavar="FILE")]


def info(file: Files, /, *files: Files, common: Common = SPEECH) -> int:
    """Counts, components, boundary loops, genus, area and quality.

    With several files, one that cannot be read does not stop the others;
    the exit code is then 1. `geomlearn info builtin:` lists built-in shapes.
    """
    terminal = common.terminal()
    if file == "builtin:":
        return _list_builtin(terminal)
    described, code = [], DONE
    for spec in (file, *files):
        try:
            described.append(_describe(spec, terminal))
        except GeomError as error:
            if not files:
                raise
            terminal.warn([f"{spec}: {error}"])
            described.append({"file": spec, "error": error.message, "hint": error.hint})
            code = FAILED
    terminal.finish({"files": described})
    return code


def _describe(spec: str, terminal: Terminal) -> dict[str, Any]:
    from geomlearn.shapes.checks import describe

    shape = load(spec, terminal)
    facts = asdict(describe(shape))
    terminal.say(shape.name)
    terminal.rows(facts)
    return {"file": spec, "name": shape.name, **facts, "warnings": list(shape.warnings)}


def _list_builtin(terminal: Terminal) -> int:
    from geomlearn.shapes.builtin import builtin_names

    names = builtin_names()
    for name in names:
        terminal.say(f"builtin:{name}")
    terminal.finish({"builtin": list(names)})
    return DONE
