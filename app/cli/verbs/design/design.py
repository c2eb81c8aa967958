"""`geomlearn design --data runs.csv --score drag -n 16`: designs to try next, from a table of past runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, table
from geomlearn.operators.design.options import DesignOptions

_OPTIONS = DesignOptions()
_FIRST = ("goal", "flatness", "search", "members", "seed")
# Proposals listed for a person; the file and --json hold all.
_LISTED = 8


def design(
    *,
    data: Annotated[Path, Parameter(help="Table of past runs: CSV with a line of names.", metavar="CSV")],
    score: Annotated[str, Parameter(help="The column to be made small, or large with --goal max.")],
    n: Annotated[int, Parameter(name=("-n", "--number"), help="Designs to propose.")] = 16,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), help="Table to write, .csv.")] = None,
    options: Annotated[
        DesignOptions,
        flat(DesignOptions, "Options of the design", first=_FIRST, rest="The surrogate and the search in detail"),
    ] = _OPTIONS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Propose designs to try next, from a table of past runs alone.

    Every column but the score is a variable; columns of text take words. A
    surrogate learns the score, is kept from being sharp (IGNITE), and is
    searched within the ranges of the table. Each proposal comes with the
    score expected, the bar by which it may be worse, and its sharpness.
    """
    terminal = common.terminal()
    target = None if output is None else claim(output, (".csv",), "A table", force=force)

    from geomlearn.operators.design.propose import propose
    from geomlearn.operators.design.runs import read_runs, write_proposals

    runs = read_runs(data, score)
    terminal.title(f"{score} of {data.name}", f"{len(runs.x)} runs of {len(runs.variables)} variables")
    with terminal.progress("learning the score") as progress:
        found = propose(runs, n, options, progress)
    figures = list(zip(found.predicted.tolist(), found.bar.tolist(), found.sharpness.tolist(), strict=True))
    rows = [[*row, *more] for row, more in zip(found.rows, figures, strict=True)]
    terminal.rows(
        {
            "best known": number(found.known),
            "error on runs kept back": f"{number(found.error)} (root mean square)",
            "proposals": f"{len(rows)} different designs",
        }
    )
    names = ("predicted", "may be worse by", "sharpness")
    grid = table(*(variable.name for variable in runs.variables[:6]), *names, right=names)
    for row, more in zip(found.rows[:_LISTED], figures, strict=False):
        cells = [value if isinstance(value, str) else number(value) for value in row[:6]]
        grid.add_row(*cells, *[number(value) for value in more])
    terminal.say()
    terminal.show(grid)
    if target is not None:
        write_proposals(target, runs, rows, force=force)
        terminal.wrote(target, f"{len(rows)} proposals")
    terminal.finish(
        {
            "variables": [variable.name for variable in runs.variables],
            "proposals": found.rows,
            "predicted": found.predicted,
            "bar": found.bar,
            "sharpness": found.sharpness,
            "known": found.known,
            "error": found.error,
            "output": target,
        }
    )
    return DONE
