"""`geomlearn sense fit`: a field on the whole shape from samples of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, View, flat
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.app.cli.verbs.sensing.space import Fields, Modes, mode_space
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sparse.options import PenaltyKey

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.sensing.mode_space import ModeSpace
    from geomlearn.sensing.rebuild import Rebuilt
    from geomlearn.shapes.shape import Shape

_DEFAULTS = SketchOptions()


def fit(
    file: Spec,
    /,
    *,
    output: Output,
    samples: Annotated[Path, Parameter(help="Readings: vertex,value or x,y,z,value in .csv; snapshots; or .npz.")],
    k: Modes = 30,
    sensors: Annotated[
        Path | None, Parameter(help="Sensors of `sense place`: their places and weights.", show_default=False)
    ] = None,
    fields: Fields = None,
    solver: Annotated[
        Literal["auto", "wls", "sketch", "normal", "precondition", "sparse"],
        Parameter(help="Weighted least squares, one sketch, AᵀA, a sketch refined to all digits, or few bumps."),
    ] = "auto",
    noise: Annotated[float, Parameter(help="Standard deviation of a reading, where it is known.")] = 0.0,
    options: Annotated[SketchOptions, flat(SketchOptions, "Options of the sketch")] = _DEFAULTS,
    penalty: Annotated[PenaltyKey, Parameter(help="For --solver sparse: what keeps the bumps few.")] = "cel0",
    activity: Annotated[
        float | None, Parameter(help="For --solver sparse: share of the bumps in use.", show_default=False)
    ] = None,
    steps: Annotated[
        Path | None, Parameter(help="Learned steps of `sense unfold`, for --solver sparse.", show_default=False)
    ] = None,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> None:
    """Rebuild the field on the whole shape from samples of it.

    The file is a field like every other: u, and u_band, the half-width of a
    95 % band, where more was measured than there are modes. Samples may be
    snapshots, one a row, of the sensors in --sensors; points off the
    vertices (.npz with points and values); or values at vertices.
    """
    from geomlearn.operators.fields.field_files import WRITABLE, write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.sensing.rebuild import rebuild

    require_display(view)
    if solver != "sparse" and (steps is not None or activity is not None or penalty != "cel0"):
        raise UsageError("Penalties and learned steps belong to --solver sparse.", "Add it, or leave them out.")
    terminal = common.terminal()
    output = claim(output, WRITABLE, "A field", force=force)
    shape = load(file, terminal)
    space = mode_space(shape, k, fields, terminal)
    functions, readings, weights, distance = _measured(samples, sensors, shape, space, terminal)
    start = time.perf_counter()
    with terminal.progress("fitting") as progress:
        if solver == "sparse":
            found = _sparse(space, functions, readings, (penalty, activity, steps), progress)
        else:
            found = rebuild(
                space, functions, readings, weights, solver=solver, noise=noise, options=options, progress=progress
            )
    facts = _facts(found, distance, time.perf_counter() - start)
    known = bool(np.isfinite(found.band).all())
    values = np.stack([found.values, found.band], axis=2) if known else found.values
    made = {"source": shape.name, "method": found.solver, "k": k, "coefficients": found.coefficients.tolist()}
    made["coefficient_bars"] = np.where(np.isfinite(found.bars), found.bars, 0).tolist() if known else []
    series = FieldSeries(np.arange(len(values)), values, ("u", "u_band") if known else ("u",), made)
    write_field(output, series, shape, force=force)
    terminal.wrote(output, f"{len(values)} field{'s' * (len(values) > 1)} on {shape.name} in {k} modes")
    terminal.rows(_in_words(facts))
    terminal.next(f"geomlearn render {file} --field {shown(output)}:u:0 -o field.png")
    terminal.finish({"file": file, "output": output, "k": k, **facts, "coefficients": found.coefficients})
    open_window(view, [file, output])


def _sparse(space, functions, readings, words: tuple, progress: Progress) -> Rebuilt:
    from geomlearn.sensing.sparse_rebuild import rebuild_sparse
    from geomlearn.sparse.options import CodeOptions

    penalty, activity, steps = words
    if steps is None:
        chosen = {} if activity is None else {"activity": activity}
        return rebuild_sparse(space, functions, readings, CodeOptions(penalty=penalty, **chosen), progress=progress)
    from geomlearn.sparse.unfolded import UnfoldedSolver

    return rebuild_sparse(space, functions, readings, steps=UnfoldedSolver.load(steps), progress=progress)


def _measured(samples: Path, sensors: Path | None, shape: Shape, space: ModeSpace, terminal: Terminal):
    """Modes at the samples (n, m), readings (n, t), weights (n,) or None, largest distance from the shape."""
    from geomlearn.app.cli.exits import UsageError
    from geomlearn.sensing.io.samples import read_samples
    from geomlearn.sensing.locate import locate

    read = read_samples(samples, shape.n_vertices)
    weights, distance = None, 0.0
    if sensors is not None:
        vertices, weights, distance = _at_sensors(read, sensors, samples, shape)
        functions = space.functions[vertices]
    elif read.vertices is not None:
        functions = space.functions[read.vertices]
    elif read.points is not None:
        corners, shares, away = locate(shape, read.points)
        functions = (
            np.einsum("ij,ijm->im", shares, space.functions[corners])
            if len(corners) < 200_000
            else sum(shares[:, [i]] * space.functions[corners[:, i]] for i in range(3))
        )
        distance = float(away.max())
    else:
        raise UsageError(f"{samples.name} does not say where it was measured.", "Give the sensors by --sensors.")
    lost = int((~np.isfinite(read.values)).all(axis=1).sum())
    if lost:
        terminal.warn([f"{lost} of {len(read.values)} readings are not numbers and were left out."])
    return functions, read.values, weights, distance


def _at_sensors(read, sensors: Path, samples: Path, shape: Shape) -> tuple[np.ndarray, np.ndarray, float]:
    """Vertices (n,) and weights (n,) of the readings, by the order of the sensors or by the vertices they name."""
    from geomlearn.core.errors import SizeMismatch
    from geomlearn.sensing.io.sensors import lay_on, read_sensors

    known = read_sensors(sensors)
    laid, distances = lay_on(known, shape)
    if read.vertices is None:
        if len(read.values) != len(laid):
            raise SizeMismatch(
                f"{samples.name} has {len(read.values)} readings a snapshot, {sensors.name} has {len(laid)} sensors.",
                "Write one snapshot a row, its readings in the order of the sensors.",
            )
        return laid, known.weights, float(distances.max())
    by_vertex = {vertex: i for i, vertex in enumerate(known.vertices.tolist())}
    unknown = [vertex for vertex in read.vertices.tolist() if vertex not in by_vertex]
    if unknown:
        raise SizeMismatch(
            f"{samples.name} has a reading at vertex {unknown[0]}, where {sensors.name} has no sensor.",
            "Give the sensors file these readings belong to.",
        )
    order = np.array([by_vertex[vertex] for vertex in read.vertices.tolist()])
    return laid[order], known.weights[order], float(distances.max())


def _facts(found: Rebuilt, distance: float, elapsed: float) -> dict[str, Any]:
    return {
        "solver": found.solver,
        **found.stats,
        "snapshots": len(found.values),
        "distance": distance,
        "band": float(np.median(found.band)),
        "minimum": float(found.values.min()),
        "maximum": float(found.values.max()),
        "time_s": elapsed,
    }


def _in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    known = np.isfinite(facts["band"])
    return {
        "samples": number(int(facts["n_samples"])),
        "off the shape": f"up to {number(facts['distance'])}" if facts["distance"] > 0 else None,
        "field": f"{number(facts['minimum'])} … {number(facts['maximum'])}",
        "band": f"± {number(facts['band'])}, median half-width of 95 %" if known else "none: nothing tells it",
        "bumps": number(facts["bumps"]) if "bumps" in facts else None,
        "residual": number(float(np.sqrt(np.mean(np.square(facts["residual"]))))) if known else None,
        "bound": f"{number(float(np.max(facts['bound'])))} on every coefficient" if "bound" in facts else None,
        "solver": f"{facts['solver']}, {facts['time_s']:.2f} s",
        "digits": facts.get("sentence"),
    }
