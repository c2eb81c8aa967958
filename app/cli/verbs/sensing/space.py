"""What the verbs of sensing share: the modes a field is looked for in, and the words of their flags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from geomlearn.app.cli.terminal import Terminal

if TYPE_CHECKING:
    from geomlearn.sensing.mode_space import ModeSpace
    from geomlearn.shapes.shape import Shape

Modes = Annotated[int, Parameter(name="-k", help="How many modes the field is looked for in.", metavar="MODES")]
Fields = Annotated[
    Path | None,
    Parameter(
        help="Training fields on this shape, (t, n): their principal directions replace the Laplacian's modes.",
        show_default=False,
    ),
]


def mode_space(shape: Shape, k: int, fields: Path | None, terminal: Terminal) -> ModeSpace:
    """The first k modes of the Laplacian, or of training fields."""
    from geomlearn.app.cli.exits import UsageError
    from geomlearn.core.errors import SizeMismatch
    from geomlearn.sensing.mode_space import from_basis, from_fields

    if k < 1:
        raise UsageError(f"-k {k} is no number of modes.", "Give 1 or more.")
    if fields is None:
        from geomlearn.spectral.eigenbasis import eigenbasis
        from geomlearn.spectral.options import EigenbasisOptions

        with terminal.progress(f"{k} modes of {shape.name}") as progress:
            return from_basis(eigenbasis(shape, EigenbasisOptions(k=k), progress))
    from geomlearn.operators.fields.field_files import read_field
    from geomlearn.spectral.laplacian import build_laplacian

    values = read_field(fields).values
    values = values[:, :, 0] if values.ndim == 3 else values
    if values.shape[1] != shape.n_vertices:
        raise SizeMismatch(
            f"{fields.name} has {values.shape[1]:,} values a field, {shape.name} has {shape.n_vertices:,} vertices.",
            "Give fields on this shape.",
        )
    return from_fields(values, k, build_laplacian(shape).mass)
