"""`geomlearn clean`: outliers, welding, holes, smoothing, reconstruction, decimation, in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rich.text import Text

from geomlearn import __version__
from geomlearn.app.cli.files import claim, load_held
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, View, flat
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal, number
from geomlearn.shapes.cleaning.options import CleanOptions

if TYPE_CHECKING:
    import numpy as np

    from geomlearn.shapes.cleaning.cleaned import Cleaned

_DEFAULTS = CleanOptions()


def clean(
    file: Spec,
    /,
    *,
    output: Output,
    options: Annotated[CleanOptions, flat(CleanOptions, "Steps, in this order")] = _DEFAULTS,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> None:
    """Remove outliers, fill holes, smooth, reconstruct, decimate, remesh.

    It says what each step did, in numbers. Arrays with a number per vertex
    follow where the format has room: .vtp, .npz and .ply; so does
    `source_index`, the vertex of FILE that each is, or -1 where it is new.
    Write an axis with a sign as --up=-y.
    """
    from geomlearn.shapes.cleaning.pipeline import clean as clean_shape
    from geomlearn.shapes.io import WRITABLE

    require_display(view)
    terminal = common.terminal()
    output = claim(output, WRITABLE, "Shapes", force=force)
    held = load_held(file, terminal)
    with terminal.progress("clean") as progress:
        done = clean_shape(held.shape, options, progress)
    terminal.title(held.shape.name, "cleaned")
    for action in done.actions:
        terminal.say(Text.assemble(("  did     ", "green"), action))
    fields, lost = _write(file, output, done, held.point_data, options, force=force)
    if lost:
        terminal.warn([f"A {output.suffix[1:]} file has no room for {', '.join(lost)}: left out."])
    _tell(terminal, output, done, fields)
    payload = {"actions": done.actions, "numbers": dict(done.numbers), "fields": fields, "left_out": lost}
    sizes = {"vertices": done.shape.n_vertices, "faces": done.shape.n_faces}
    terminal.finish({"file": file, "output": output, **sizes, **payload})
    open_window(view, [output])


def _write(
    file: str, output: Path, done: Cleaned, held: dict[str, np.ndarray], options: CleanOptions, *, force: bool
) -> tuple[list[str], list[str]]:
    """Write the shape with what follows it; the names of the arrays that went along, and of those left out."""
    from geomlearn.shapes.io import write_shape
    from geomlearn.shapes.io.writing import WITH_POINT_DATA, shown, without_room

    room = output.suffix.lower() in WITH_POINT_DATA
    lost = without_room(output.suffix.lower(), done.shape, held)
    data = {name: done.follow(values) for name, values in held.items()} if room else {}
    write_shape(
        output,
        done.shape,
        point_data={**data, "source_index": done.source_index} if room else {},
        metadata=_provenance(file, done, options),
        force=force,
    )
    return [shown(name) for name in data if name != "source_index"], lost


def _provenance(file: str, done: Cleaned, options: CleanOptions) -> dict[str, Any]:
    asked = options.model_dump(exclude_defaults=True)
    return {"geomlearn": __version__, "source": Path(file).name, "clean": asked, "actions": list(done.actions)}


def _tell(terminal: Terminal, output: Path, done: Cleaned, fields: list[str]) -> None:
    counts = f"{number(done.shape.n_vertices)} vertices, {number(done.shape.n_faces)} faces"
    new = int((done.source_index < 0).sum())
    counts += f", {number(new)} of the vertices new" if new else ""
    terminal.wrote(output, f"{counts}, with {', '.join(fields)}" if fields else counts)
