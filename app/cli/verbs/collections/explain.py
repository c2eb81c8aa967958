"""`geomlearn collection explain`: which of their parameters the shapes answer to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, shown, table
from geomlearn.app.cli.verbs.collections.each import Jobs, engine_of
from geomlearn.app.cli.verbs.collections.group import spectra_of
from geomlearn.app.cli.verbs.collections.tables import read_named, write_named
from geomlearn.collections.options import FrechetOptions

if TYPE_CHECKING:
    from geomlearn.collections.sufficient_directions import Sufficient
    from geomlearn.core.progress import Progress

_DEFAULTS = FrechetOptions()
_MODES = 40
_FIRST = ("n_directions", "way", "n_permutations", "epochs", "seed")


def explain(
    shapes: Annotated[str, Parameter(metavar="FOLDER", help="The shapes; or a folder that `match` made.")],
    /,
    *,
    x: Annotated[Path, Parameter(name="--x", metavar="PARAMS", help="Table: a header, a name and numbers a row, csv.")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FOLDER", help="Folder for what is found.")],
    distance: Annotated[
        Literal["maps", "spectra", "differences", "field"],
        Parameter(
            help="How shapes differ: where corresponding points are, their spectra, areas and lengths by way of a "
            "folder that `match --all` made, or fields on them."
        ),
    ] = "spectra",
    to: Annotated[
        str | None, Parameter(metavar="TEMPLATE", help="With --distance maps, the shape they are matched with.")
    ] = None,
    fields: Annotated[
        Path | None, Parameter(metavar="FOLDER", help="With --distance field, NAME.txt with a number per vertex.")
    ] = None,
    options: Annotated[
        FrechetOptions, flat(FrechetOptions, "Options of the method", first=_FIRST, rest="The fit in detail")
    ] = _DEFAULTS,
    jobs: Jobs = None,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Find the few combinations of parameters that the shapes answer to.

    OUT holds coordinates.csv (a row per shape), importance.csv (a row per
    parameter) and report.html with a scatter of the shapes.
    """
    from geomlearn.collections.sufficient_directions import find_directions

    terminal = common.terminal()
    output = output.expanduser().absolute()
    if (output / "coordinates.csv").exists() and not force:
        raise UsageError(f"{shown(output)} holds results already.", "Choose another folder, or overwrite with --force.")
    known, heads, numbers = read_named(x)
    with terminal.progress("what drives the shapes") as progress:
        half = progress.part(0.0, 0.7)
        if distance == "maps":
            names, gaps = _by_maps(shapes, to, output, jobs, terminal, half)
        elif distance == "field":
            names, gaps = _by_fields(fields)
        elif distance == "differences":
            names, gaps = _by_differences(shapes)
        else:
            names, rows = spectra_of(shapes, _MODES, terminal, half)
            gaps = _pairwise(rows)
        names, predictors, gaps = _in_common(names, gaps, known, numbers, terminal)
        options = options.replace(n_directions=min(options.n_directions, len(heads)))
        found = find_directions(predictors, gaps, options, progress=progress.part(0.7, 1.0))
    _write(output, found, names, heads, force=force)
    _say(found, heads, terminal)
    _report(output / "report.html", found, names, shapes)
    terminal.wrote(output / "report.html", f"{len(names)} shapes by their sufficient coordinates")
    payload = {"output": output, "shapes": names, "predictors": heads, "coordinates": found.coordinates}
    strengths = {"strengths": found.strengths, "p_values": found.p_values, "importance": found.importance}
    terminal.finish({**payload, **strengths})
    return DONE


def _by_maps(
    shapes: str, to: str | None, output: Path, jobs: int | None, terminal: Terminal, progress: Progress
) -> tuple[list[str], np.ndarray]:
    from geomlearn.collections.morphometrics.correspondence import corresponding
    from geomlearn.collections.morphometrics.shape_model import shape_model

    if to is None:
        raise UsageError("Distances by maps need a template.", "Give --to TEMPLATE.")
    given = corresponding(shapes, to, output / "maps", engine_of(jobs), progress)
    terminal.warn(given.notes)
    return list(given.names), shape_model(given.vertices, given.mass).value.distances()


def _by_fields(fields: Path | None) -> tuple[list[str], np.ndarray]:
    from geomlearn.collections.transfer.values import WRITABLE, read_values

    if fields is None or not fields.is_dir():
        raise UsageError("Distances by fields need the fields.", "Give --fields FOLDER with a file per shape.")
    files = sorted(file for file in fields.iterdir() if file.suffix.lower() in WRITABLE)
    return [file.stem for file in files], _pairwise([read_values(file) for file in files])


def _by_differences(maps: str) -> tuple[list[str], np.ndarray]:
    from geomlearn.collections.networks.refine import network_differences
    from geomlearn.collections.pairs.matched import open_matched

    found = network_differences(open_matched(maps))
    return list(found.names), found.distances()


def _pairwise(rows: Any) -> np.ndarray:
    from geomlearn.collections.morphometrics.distances import pairwise

    return pairwise(rows)


def _in_common(
    names: list[str], gaps: np.ndarray, known: list[str], numbers: np.ndarray, terminal: Terminal
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Shapes that have parameters too, in one order; the others are named."""
    row = {name: number for number, name in enumerate(known)}
    kept = [number for number, name in enumerate(names) if name in row]
    without = [name for name in names if name not in row]
    if len(kept) < 4:
        raise UsageError(
            f"Only {len(kept)} shapes have a row in the table.", f"Its first column must hold names such as {names[0]}."
        )
    if without:
        terminal.warn([f"{len(without)} shapes have no row in the table: {', '.join(without[:5])}."])
    chosen = [names[number] for number in kept]
    return chosen, numbers[[row[name] for name in chosen]], gaps[np.ix_(kept, kept)]


def _write(output: Path, found: Sufficient, names: list[str], heads: list[str], *, force: bool) -> None:
    axes = [f"coordinate{axis + 1}" for axis in range(found.coordinates.shape[1])]
    rows = ([name, *row] for name, row in zip(names, found.coordinates, strict=True))
    write_named(output / "coordinates.csv", ["name", *axes], rows, force=force)
    rows = ([head, *row] for head, row in zip(heads, found.importance, strict=True))
    write_named(output / "importance.csv", ["parameter", *axes], rows, force=force)


def _say(found: Sufficient, heads: list[str], terminal: Terminal) -> None:
    grid = table("coordinate", "strength", "p", "answers to", right=("strength", "p"))
    for axis, (strength, p) in enumerate(zip(found.strengths, found.p_values, strict=True)):
        order = np.argsort(-found.importance[:, axis])[:3]
        words = ", ".join(f"{heads[one]} {found.importance[one, axis]:.2f}" for one in order)
        grid.add_row(str(axis + 1), f"{strength:.3g}", f"{p:.3f}", words)
    terminal.show(grid)


def _report(path: Path, found: Sufficient, names: list[str], shapes: str) -> None:
    from geomlearn.collections.morphometrics.scatter import write_scatter

    write_scatter(path, found, names, shapes)
