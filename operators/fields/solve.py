"""One door to all equations, for the command line, the window and Python alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import geomlearn
from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.methods import rows_of
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.discrete.domain import Domain, build_domain
from geomlearn.operators.fields.equations.allen_cahn import random_phases
from geomlearn.operators.fields.equations.gray_scott import random_spots, stripe_spacing
from geomlearn.operators.fields.initial import bump, checked_values, initial_values
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.shape import Shape

_SOLVERS = {row.key: row for row in rows_of("equation")}


def solve(
    equation: str,
    shape: Shape,
    options: EquationOptions | None = None,
    *,
    initial: np.ndarray | None = None,
    velocity: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[FieldSeries]:
    """Solve an equation on a mesh or a point cloud.

    Parameters
    ----------
    equation   "poisson", "heat", "wave", "advect", "allen-cahn" or "gray-scott".
    shape      n vertices.
    options    the option model of this equation; its defaults when None.
    initial    (n,) where to start from (the source f for poisson), instead of what the options say; (n, 2) also for
               gray-scott.
    velocity   (n, 3) or (m, 3) the velocity for advect, instead of what the options say.
    progress   when it is cancelled, the frames so far come back with the status `CANCELLED`.

    Returns
    -------
    The series of frames, n values each, with metadata to make it again; history and stats as each equation says.
    Without any start: a bump at vertex 0; random phases for allen-cahn; random spots for gray-scott.

    Raises
    ------
    ParameterError   an unknown equation, options of another one, or values that cannot be used.
    SizeMismatch     arrays or a file that belong to another shape.
    FormatError      a damaged file.
    MeshError        a shape without area.
    SolverError      a singular system or a solution that grew beyond all numbers; `best` holds the frames before.
    """
    options = _checked_options(equation, options, initial, velocity)
    progress(0.0, "assembling")
    domain = build_domain(shape, options.laplacian)
    start = _start(equation, domain, options, initial)
    run = partial(_SOLVERS[equation].resolve(), domain, start, options, progress.part(0.05, 1.0))
    metadata = _metadata(equation, domain, options, initial, velocity)
    try:
        result = run() if velocity is None else run(velocity=velocity)
    except SolverError as error:
        best = None if error.best is None else replace(error.best, metadata=metadata)
        raise SolverError(error.message, error.hint, best) from error
    metadata["status"] = str(result.status)
    if "time_step" in result.stats:
        metadata["time_step"] = result.stats["time_step"]
    return replace(result, value=replace(result.value, metadata=metadata))


def initial_field(equation: str, shape: Shape, options: EquationOptions | None = None) -> FieldSeries:
    """What `solve` would start from, as one frame at time 0: the state, the source f of poisson, spots of gray-scott.

    Raises
    ------
    As `solve`.
    """
    options = _checked_options(equation, options, None, None)
    domain = build_domain(shape, options.laplacian)
    start = domain.expand(_start(equation, domain, options, None))
    alone = {"poisson": ("f",), "gray-scott": ("spots",)}.get(equation, ("u",))
    names = ("u", "v") if start.ndim == 2 else alone
    return FieldSeries(np.zeros(1), start[None], names, {"source": shape.name, "method": equation})


def _checked_options(
    equation: str, options: EquationOptions | None, initial: np.ndarray | None, velocity: np.ndarray | None
) -> EquationOptions:
    model = EQUATIONS.get(equation)
    if model is None:
        raise ParameterError(f"There is no equation called {equation}.", f"Choose one of {', '.join(EQUATIONS)}.")
    options = model() if options is None else options
    if not isinstance(options, model):
        raise ParameterError(
            f"{equation} takes {model.__name__}, not {type(options).__name__}.", "Use its own options."
        )
    if initial is not None and (options.vertex or options.expression or options.values_file):
        raise ParameterError("The start is given twice, as an array and in the options.", "Keep one of them.")
    if velocity is not None and equation != "advect":
        raise ParameterError(f"{equation} takes no velocity.", "Leave it out.")
    if velocity is not None and getattr(options, "velocity", "") != "rotation":
        raise ParameterError("The velocity is given twice, as an array and in the options.", "Keep one of them.")
    return options


def _start(equation: str, domain: Domain, options: Any, initial: np.ndarray | None) -> np.ndarray:
    n_functions, radius = (2, stripe_spacing(domain, options) / 2) if equation == "gray-scott" else (1, None)
    if initial is not None:
        return checked_values(domain, initial, n_functions)
    start = initial_values(domain, options, n_functions, radius)
    if start is not None:
        return start
    if equation == "allen-cahn":
        return random_phases(domain, options.seed)
    if equation == "gray-scott":
        return random_spots(domain, options)
    return bump(domain, (int(np.argmax(domain.unknown >= 0)),), options.radius)


def _metadata(
    equation: str, domain: Domain, options: EquationOptions, initial: np.ndarray | None, velocity: np.ndarray | None
) -> dict[str, Any]:
    shape = domain.shape
    return {
        "source": shape.name,
        "method": equation,
        "n_vertices": shape.n_vertices,
        "n_faces": shape.n_faces,
        "content_hash": shape.content_hash,
        "laplacian": domain.kind,
        "parameters": options.model_dump(mode="json"),
        "start": "array" if initial is not None else "options",
        **({"velocity": "array"} if velocity is not None else {}),
        "notes": list(domain.notes),
        "version": geomlearn.__version__,
    }
