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
_FRAMES, _PIXELS = 12, 240


def model(
    shapes: Annotated[str, Parameter(metavar="FOLDER", help="The shapes; or a folder that `match --to` made.")],
    /,
    *,
    to: Annotated[str, Parameter(metavar="TEMPLATE", help="The shape whose vertices all are described by.")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FOLDER", help="Folder for the model.")],
    options: Annotated[ShapeModelOptions, flat(ShapeModelOptions)] = _DEFAULTS,
    combine: Annotated[
        str | None,
        Parameter(
            metavar="SD,SD,…",
            allow_leading_hyphen=True,
            help="Also write combined.ply: so many standard deviations along each mode.",
        ),
    ] = None,
    movie: Annotated[
        bool, Parameter(negative="", help="Also write mode1.gif and so on: each mode from −2 to 2 and back.")
    ] = False,
    jobs: Jobs = None,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Procrustes mean and principal modes of a collection.

    OUT holds mean.ply, mode1-minus.ply and mode1-plus.ply (2 standard
    deviations) and so on, scores.csv, eigenvalues.csv and model.npz; with
    --combine modes added up, with --movie modes in motion. `geomlearn view
    model.npz` has a slider for each mode, and plays it.
    """
    from geomlearn.collections.morphometrics.correspondence import corresponding
    from geomlearn.collections.morphometrics.shape_model import shape_model

    terminal = common.terminal()
    output = output.expanduser().absolute()
    if (output / "scores.csv").exists() and not force:
        raise UsageError(f"{shown(output)} holds a model already.", "Choose another folder, or overwrite with --force.")
    deviations = _deviations(combine)
    with terminal.progress("shape model") as progress:
        given = corresponding(shapes, to, output / "maps", engine_of(jobs), progress)
    terminal.warn(given.notes)
    found = shape_model(given.vertices, given.mass, options)
    if len(deviations) > len(found.value.modes):
        raise UsageError(f"The model has {len(found.value.modes)} modes, not {len(deviations)}.", "Combine fewer.")
    _write(output, found.value, given, force=force)
    if deviations:
        scores = np.array(deviations) * np.sqrt(found.value.eigenvalues[: len(deviations)])
        _drawn(output, "combined", found.value.shape(scores), given, force=force)
    for mode in range(min(_MOST_DRAWN, len(found.value.modes)) if movie else 0):
        _movie(output / f"mode{mode + 1}.gif", found.value, mode, given, force=force)
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
    from geomlearn.collections.morphometrics.model_files import write_shape_model

    _drawn(output, "mean", model.mean, given, force=force)
    for mode in range(min(_MOST_DRAWN, len(model.modes))):
        for sign, word in ((-2, "minus"), (2, "plus")):
            _drawn(output, f"mode{mode + 1}-{word}", model.at(mode, sign), given, force=force)
    write_shape_model(output / "model.npz", model, given.template, given.names, force=force)
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


def _drawn(output: Path, name: str, vertices: np.ndarray, given: Corresponding, *, force: bool) -> None:
    from geomlearn.shapes.io import write_shape

    write_shape(output / f"{name}.ply", given.template.replace(vertices=vertices, name=name), force=force)


def _movie(path: Path, model: ShapeModel, mode: int, given: Corresponding, *, force: bool) -> None:
    """A mode there and back; all frames in one frame of reference."""
    import io

    from PIL import Image

    from geomlearn.core.files import atomic_path
    from geomlearn.shapes.thumbnail import thumbnail

    ends = np.concatenate([model.at(mode, sign) for sign in (-2, 2)])
    frames = []
    for deviation in 2 * np.sin(np.linspace(-np.pi / 2, np.pi / 2, _FRAMES)):
        shape = given.template.replace(vertices=model.at(mode, deviation))
        picture = thumbnail(shape, size=_PIXELS, within=ends)
        frames.append(Image.open(io.BytesIO(picture)).convert("P", palette=Image.Palette.ADAPTIVE))
    frames += frames[-2:0:-1]
    with atomic_path(path, force=force) as temporary:
        frames[0].save(temporary, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)


def _deviations(text: str | None) -> list[float]:
    try:
        found = [float(word) for word in text.split(",")] if text is not None else []
    except ValueError:
        found = [float("nan")]
    if not np.isfinite(found).all():
        raise UsageError(f"--combine {text} is no list of numbers.", "Write like --combine 1.5,-1.")
    return found
