"""`geomlearn collection model`: the mean of a collection and how its shapes vary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import shown, table
from geomlearn.app.cli.verbs.collections.each import Jobs, engine_of
from geomlearn.app.cli.verbs.collections.tables import write_named
from geomlearn.collections.options import ShapeModelOptions

if TYPE_CHECKING:
    from geomlearn.collections.morphometrics.correspondence import Corresponding
    from geomlearn.collections.morphometrics.shape_model import ShapeModel

_DEFAULTS = ShapeModelOptions()
_MOST_SHOWN, _MOST_DRAWN = 8, 5


def model(
    shapes: Annotated[str, Parameter(metavar="FOLDER", help="The shapes; or a folder that `match --to` made.")],
    /,
    *,
    to: Annotated[str, Parameter(metavar="TEMPLATE", help="The shape whose vertices all are described by.")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FOLDER", help="Folder for the model.")],
    options: Annotated[ShapeModelOptions, flat(ShapeModelOptions)] = _DEFAULTS,
    jobs: Jobs = None,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Procrustes mean and principal modes of a collection.

    OUT holds mean.ply, mode1-minus.ply and mode1-plus.ply (2 standard
    deviations) and so on, scores.csv, eigenvalues.csv and model.npz.
    """
    from geomlearn.collections.morphometrics.correspondence import corresponding
    from geomlearn.collections.morphometrics.shape_model import shape_model

    terminal = common.terminal()
    output = output.expanduser().absolute()
    if (output / "scores.csv").exists() and not force:
        raise UsageError(f"{shown(output)} holds a model already.", "Choose another folder, or overwrite with --force.")
    with terminal.progress("shape model") as progress:
        given = corresponding(shapes, to, output / "maps", engine_of(jobs), progress)
    terminal.warn(given.notes)
    found = shape_model(given.vertices, given.mass, options)
    _write(output, found.value, given, force=force)
    shares = found.value.eigenvalues / found.value.total
    grid = table("mode", "variance", "share", "together", right=("variance", "share", "together"))
    for mode, share in enumerate(shares[:_MOST_SHOWN]):
        together = f"{100 * shares[: mode + 1].sum():.1f} %"
        grid.add_row(str(mode + 1), f"{found.value.eigenvalues[mode]:.4g}", f"{100 * share:.1f} %", together)
    terminal.show(grid)
    terminal.wrote(output / "scores.csv", found.sentence)
    payload = {"output": output, "template": given.template.name, "shapes": given.names, "sentence": found.sentence}
    terminal.finish({**payload, "eigenvalues": found.value.eigenvalues, "shares": shares, "scores": found.value.scores})
    return DONE


def _write(output: Path, model: ShapeModel, given: Corresponding, *, force: bool) -> None:
    from geomlearn.core.arrays import write_arrays
    from geomlearn.shapes.io import write_shape

    def drawn(vertices: np.ndarray, name: str) -> None:
        write_shape(output / f"{name}.ply", given.template.replace(vertices=vertices, name=name), force=force)

    drawn(model.mean, "mean")
    for mode in range(min(_MOST_DRAWN, len(model.modes))):
        for sign, word in ((-2, "minus"), (2, "plus")):
            drawn(model.at(mode, sign), f"mode{mode + 1}-{word}")
    arrays = {"mean": model.mean, "modes": model.modes, "eigenvalues": model.eigenvalues, "scores": model.scores}
    arrays |= {"mass": model.mass, "faces": given.template.faces, "sizes": model.sizes}
    write_arrays(output / "model.npz", arrays, {"template": given.template.name, "names": given.names}, force=force)
    heads = [f"mode{mode + 1}" for mode in range(len(model.modes))]
    tables = {
        "scores": (["name", "size", *heads], zip(given.names, model.sizes, model.scores, strict=True)),
        "eigenvalues": (["mode", "eigenvalue", "share"], zip(heads, model.eigenvalues, _shares(model), strict=True)),
    }
    for name, (head, rows) in tables.items():
        flat_rows = ([first, *(value for one in rest for value in np.atleast_1d(one))] for first, *rest in rows)
        write_named(output / f"{name}.csv", head, flat_rows, force=force)


def _shares(model: ShapeModel) -> np.ndarray:
    return model.eigenvalues / model.total
