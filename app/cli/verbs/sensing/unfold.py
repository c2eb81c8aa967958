"""`geomlearn sense unfold`: step sizes for sensors that stay where they are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.sensing.space import Fields, Modes, mode_space
from geomlearn.sparse.options import SensorStepOptions

_DEFAULTS = SensorStepOptions()


def unfold(
    file: Spec,
    /,
    *,
    output: Output,
    sensors: Annotated[Path, Parameter(help="Sensors of `sense place`: the steps belong to their places.")],
    k: Modes = 100,
    fields: Fields = None,
    snapshots: Annotated[
        Path | None,
        Parameter(help="Readings to learn from, one snapshot a row; absent, of invented fields.", show_default=False),
    ] = None,
    density: Annotated[float, Parameter(help="Share of the bumps in an invented field.")] = 0.03,
    noise: Annotated[float, Parameter(help="Standard deviation of noise in invented readings of unit size.")] = 0.02,
    options: Annotated[SensorStepOptions, flat(SensorStepOptions)] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Learn step sizes that rebuild localized fields in few iterations.

    `sense fit --solver sparse --steps FILE` uses them, and refuses other
    sensors. The unsupervised loss needs readings only; the supervised one
    knows the fields it invents.
    """
    from geomlearn.sensing.io.samples import read_snapshots
    from geomlearn.sensing.io.sensors import lay_on, read_sensors
    from geomlearn.sensing.sparse_rebuild import bump_problem
    from geomlearn.sparse.unfolded import UnfoldedSolver
    from geomlearn.sparse.unfolded_training import invented, of_rows, train_unfolded

    terminal = common.terminal()
    output = claim(output, (".safetensors",), "Learned steps", force=force)
    shape = load(file, terminal)
    space = mode_space(shape, k, fields, terminal)
    vertices = lay_on(read_sensors(sensors), shape)[0]
    problem = bump_problem(space, space.functions[vertices])
    solver = UnfoldedSolver(problem.operator, options)
    if snapshots is None:
        draw = invented(solver.operator, density, noise)
    else:
        draw = of_rows(read_snapshots(snapshots, len(vertices)), solver.operator.dtype)
    start = time.perf_counter()
    with terminal.progress("learning steps") as progress:
        result = train_unfolded(solver, draw, progress=progress)
    solver.save(output, force=force)
    first, last = result.history[0]["loss"], result.history[-1]["loss"]
    steps = np.round(solver.steps().detach().double().numpy(), 4).tolist()
    terminal.wrote(output, f"{len(result.history)} steps for {len(vertices)} sensors on {shape.name}")
    terminal.rows({"loss": f"{number(first)} after one layer, {number(last)} after all", "status": result.status.value})
    words = f"-k {k} --sensors {shown(sensors)} --samples READINGS.csv"
    terminal.next(f"geomlearn sense fit {file} {words} --solver sparse --steps {shown(output)} -o field.npz")
    facts = {"loss": last, "steps": steps, "fingerprint": solver.fingerprint, "time_s": time.perf_counter() - start}
    terminal.finish({"file": file, "output": output, **facts})
