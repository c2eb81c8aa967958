"""`geomlearn segment`: the parts of an animated shape that move rigidly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim, load, split_key
from geomlearn.app.cli.flags import SPEECH, Common, Force
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.collections.each import several, stands_for_many
from geomlearn.collections.options import RigidPartsOptions

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape

_DEFAULTS = RigidPartsOptions()
_ARRAYS = (".npy", ".npz", ".mat", ".h5", ".hdf5")


def segment(
    frames: Annotated[
        str, Parameter(metavar="FRAMES", help="The shape at each time: files, a folder, or an array (frames, n, 3).")
    ],
    /,
    *more: Annotated[str, Parameter(metavar="FRAMES", help="Further frames, in order.")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="File for a label per vertex: npy, txt, npz …")],
    k: Annotated[str, Parameter(name=("-k",), metavar="auto|K", help="How many parts.")] = "auto",
    mesh: Annotated[
        str | None,
        Parameter(metavar="FILE", help="Whose faces the frames of an array have; else neighbours in space."),
    ] = None,
    unexplained: Annotated[
        float, Parameter(help="With -k auto, the share of the squared motion that parts may leave (0 … 1).")
    ] = _DEFAULTS.unexplained,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Find the parts of an animated shape that move rigidly.

    All frames must have the same vertices in the same order. Labels count
    from 0, large parts first.
    """
    from geomlearn.collections.rigid_parts import rigid_parts
    from geomlearn.collections.transfer.carry import Carried
    from geomlearn.collections.transfer.values import WRITABLE, write_values

    terminal = common.terminal()
    output = claim(output, WRITABLE, "Labels", force=force)
    if k != "auto" and not k.isdecimal():
        raise UsageError(f"-k {k} is no number of parts.", "Give auto or a number.")
    options = RigidPartsOptions(n_parts=None if k == "auto" else int(k), unexplained=unexplained)
    points, faces = _frames([frames, *more], mesh, terminal)
    with terminal.progress(f"{len(points)} frames") as progress:
        found = rigid_parts(points, faces, options, progress=progress)
    parts = found.value
    write_values(output, Carried(parts.labels), force=force)
    sizes = np.bincount(parts.labels)
    terminal.wrote(output, f"{parts.n_parts} parts of {number(len(parts.labels))} vertices")
    terminal.rows({"status": f"{found.status}. {found.sentence}", "sizes": ", ".join(map(number, sizes.tolist()))})
    terminal.next(f"geomlearn render {frames} --field {shown(output)} -o parts.png")
    payload = {"output": output, "n_parts": parts.n_parts, "sizes": sizes, "unexplained": parts.unexplained}
    terminal.finish({**payload, "status": str(found.status), "sentence": found.sentence, "history": found.history})
    return DONE


def _frames(sources: Sequence[str], mesh: str | None, terminal: Terminal) -> tuple[np.ndarray, np.ndarray | None]:
    """Positions (f, n, 3) and faces."""
    first = Path(split_key(sources[0])[0])
    if len(sources) == 1 and first.suffix.lower() in _ARRAYS and not stands_for_many(sources[0]):
        faces = load(mesh, terminal).faces if mesh else None
        return _array(sources[0], faces)
    specs = list(sources)
    if any(map(stands_for_many, sources)):
        specs = [member.spec for member in several(sources, None)]
    shapes = [load(spec, terminal) for spec in specs]
    _require_same(shapes)
    faces = load(mesh, terminal).faces if mesh else shapes[0].faces
    return np.stack([shape.vertices for shape in shapes]), faces


def _array(spec: str, faces: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    from geomlearn.core.arrays import read_arrays

    path, keys = split_key(spec)
    arrays = read_arrays(path)[0]
    fitting = [name for name, one in arrays.items() if one.ndim == 3 and one.shape[2] == 3]
    name = keys[0] if keys else (fitting[0] if len(fitting) == 1 else "")
    if name not in arrays:
        there = ", ".join(f"{key} {one.shape}" for key, one in arrays.items())
        raise UsageError(f"{path} holds no one array (frames, n, 3): {there}.", f"Write {path}:NAME.")
    inside = arrays.get("faces")
    return arrays[name], faces if faces is not None or inside is None else inside.astype(np.int64)


def _require_same(shapes: Sequence[Shape]) -> None:
    odd = next((shape for shape in shapes if shape.n_vertices != shapes[0].n_vertices), None)
    if odd is not None:
        raise UsageError(
            f"{odd.name} has {odd.n_vertices} vertices, {shapes[0].name} {shapes[0].n_vertices}.",
            "Frames must be the same vertices at different times; `geomlearn match` brings others into correspondence.",
        )
