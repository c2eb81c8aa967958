"""`geomlearn sense modes`: localized modes of an animated shape or of a field that changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, flat
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.sparse.options import OnlineDictionaryOptions

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape

_DEFAULTS = OnlineDictionaryOptions()


def modes(
    frames: Annotated[list[str], Parameter(help="Frames of one mesh, or one field file with its frames.")],
    /,
    *,
    output: Output,
    shape: Annotated[
        str | None, Parameter(help="The shape of a field file; frames bring their own.", show_default=False)
    ] = None,
    k: Annotated[int, Parameter(name="-k", help="Laplacian modes that frames are written in.", metavar="MODES")] = 32,
    online: Annotated[
        bool, Parameter(negative="", help="Take each frame once, and go on from the output where it exists.")
    ] = False,
    passes: Annotated[int, Parameter(help="Passes over the frames, where they are not a stream.")] = 20,
    options: Annotated[OnlineDictionaryOptions, flat(OnlineDictionaryOptions)] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Learn localized modes while frames come in.

    Each frame is written in Laplacian modes of the first one; an orthogonal
    dictionary then turns them so that a frame needs few. The file, .npz, is
    a field: a frame is a mode. With --online the learned state goes along
    with it, of fixed size, and the next call with newer frames continues.
    """
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary
    from geomlearn.sparse.online_files import read_state, write_state
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    terminal = common.terminal()
    state = output.with_suffix(".state.npz")
    going_on = online and state.exists()
    output = claim(output, (".npz",), "Modes", force=force or going_on)
    reference, values = _frames(frames, shape, terminal)
    with terminal.progress(f"{k} modes of {reference.name}") as progress:
        basis = eigenbasis(reference, EigenbasisOptions(k=k), progress)
    weighted = basis.mass[:, None] * basis.evecs
    coefficients = np.einsum("tnc,nk->tkc", values, weighted).reshape(len(values), -1)
    learner = OnlineOrthogonalDictionary(options)
    if going_on:
        learner.restore(read_state(state))
        learner.options = options
    start, random = time.perf_counter(), np.random.default_rng(options.seed)
    for _ in range(1 if online else passes):
        learner.partial_fit(coefficients if online else coefficients[random.permutation(len(coefficients))])
    if learner.n_iter_ == 0:
        raise UsageError(
            f"{len(coefficients)} frames do not fill a batch of {options.batch_size}.", "Give --batch-size 1."
        )
    atoms = learner.modes_.reshape(len(learner.modes_), k, -1)
    fields = np.einsum("akc,nk->anc", atoms, basis.evecs)
    gap = learner.gap(coefficients)
    made = {"source": reference.name, "method": "online-odl", "k": k, "frames": learner.n_seen_, "gap": gap}
    names = _names(shape is None, fields.shape[2])
    values = fields if fields.shape[2] > 1 else fields[:, :, 0]
    write_field(output, FieldSeries(np.arange(len(fields)), values, names, made), reference, force=force or going_on)
    if online:
        write_state(state, learner, force=True)
    terminal.wrote(output, f"{len(fields)} modes on {reference.name} from {learner.n_seen_} frames")
    terminal.rows({"gap": number(gap), "steps": number(learner.n_iter_), "state": shown(state) if online else None})
    drawn = frames[0] if shape is None else shape
    terminal.next(f"geomlearn render {drawn} --field {shown(output)}:{names[0]}:0 -o mode.png")
    facts = {"n_modes": len(fields), "n_frames": learner.n_seen_, "gap": gap, "time_s": time.perf_counter() - start}
    terminal.finish({"output": output, "state": state if online else None, **facts})


def _names(moving: bool, count: int) -> tuple[str, ...]:
    """Names of the functions of a mode: of a mesh that moves, or of a field with so many."""
    if moving:
        return tuple(f"displacement_{axis}" for axis in "xyz")
    return ("mode",) if count == 1 else tuple(f"mode_{number}" for number in range(count))


def _frames(frames: Sequence[str], shape: str | None, terminal: Terminal) -> tuple[Shape, np.ndarray]:
    """The first shape and values (t, n, c): displacements from it, or the fields of a file."""
    from geomlearn.core.errors import SizeMismatch
    from geomlearn.operators.fields.field_files import read_field

    if len(frames) == 1:
        if shape is None:
            raise UsageError("One file of frames is a field, and a field needs its shape.", "Give it by --shape.")
        reference = load(shape, terminal)
        series = read_field(Path(frames[0]))
        values = series.values if series.values.ndim == 3 else series.values[:, :, None]
        if values.shape[1] != reference.n_vertices:
            raise SizeMismatch(
                f"A frame has {values.shape[1]:,} values, {reference.name} has {reference.n_vertices:,} vertices.",
                "Give the shape of the field.",
            )
        return reference, values
    shapes = [load(frame, terminal) for frame in frames]
    for name, one in zip(frames, shapes, strict=True):
        if one.n_vertices != shapes[0].n_vertices:
            raise SizeMismatch(
                f"{name} has {one.n_vertices:,} vertices, {frames[0]} has {shapes[0].n_vertices:,}.",
                "Frames must be one mesh that moves.",
            )
    return shapes[0], np.stack([one.vertices - shapes[0].vertices for one in shapes])
