"""Equations on shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.api.calls import as_progress, gathered
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.exchange import as_shape

if TYPE_CHECKING:
    import numpy as np

    from geomlearn.operators.fields.options import EquationOptions
    from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False, repr=False)
class Field(FieldSeries):
    """Functions on a shape over time, with the story of their computation.

    Attributes
    ----------
    times (t,), values (t, n) or (t, n, c), names   as in `FieldSeries`; `frame(-1)` is the last, by name.
    shape    the shape of n vertices.
    status, sentence, history, stats   as in `Result`.
    """

    shape: Shape | None = None
    status: Status = Status.CONVERGED
    sentence: str = ""
    history: tuple[Mapping[str, float], ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write it: npz, h5, mat, or vtp and pvd for ParaView.

        Raises
        ------
        FormatError   fields are not written as this suffix.
        GeomError     the file exists and `force` is false.
        """
        from geomlearn.operators.fields.field_files import write_field

        return write_field(path, self, self.shape, force=force)

    def _repr_html_(self) -> str:
        from geomlearn.shapes.display import html

        first = next(iter(self.frame(-1).values()))
        return html(repr(self), *([(self.shape, first)] if self.shape is not None else []))

    def __repr__(self) -> str:
        ends = f"t = {self.times[0]:g} … {self.times[-1]:g}"
        where = self.shape.name if self.shape is not None else "a shape"
        return f"Field {', '.join(self.names)} on {where}: {self.n_frames} frames, {ends}, {self.n_vertices} vertices"


def solve(
    equation: str,
    shape: Any,
    options: EquationOptions | None = None,
    *,
    initial: np.ndarray | None = None,
    velocity: np.ndarray | None = None,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> Field:
    """Solve an equation on a mesh or a cloud.

    Parameters
    ----------
    equation   "poisson", "heat", "wave", "advect", "allen-cahn" or "gray-scott".
    shape      mesh or cloud of n vertices, or whatever `as_shape` takes.
    options    all options of the equation in one object; keywords win over it. ``gl.methods("heat")`` lists them;
               ``vertex=0`` starts from a bump there, ``expression="x"`` from a formula.
    initial    (n,) where to start from, or the source f of poisson; (n, 2) also for gray-scott.
    velocity   (n, 3) or (m, 3), for advect.
    progress   called as ``progress(fraction, note)``.

    Raises
    ------
    ParameterError   no such equation, or an option is unknown or out of range.
    SizeMismatch     arrays that do not fit the shape.
    MeshError        there is no area to work on.
    SolverError      the solution grew beyond all numbers.
    """
    from geomlearn.operators.fields.options import EQUATIONS
    from geomlearn.operators.fields.solve import solve as compute

    if equation not in EQUATIONS:
        raise ParameterError(f"There is no equation called {equation}.", f"Choose one of {', '.join(EQUATIONS)}.")
    shape = as_shape(shape)
    chosen = gathered(EQUATIONS[equation], options, settings)
    result = compute(equation, shape, chosen, initial=initial, velocity=velocity, progress=as_progress(progress))
    found = result.value
    story = (result.status, result.sentence, result.history, result.stats)
    return Field(found.times, found.values, found.names, found.metadata, shape, *story)
