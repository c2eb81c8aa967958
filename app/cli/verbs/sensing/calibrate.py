"""`geomlearn sense calibrate`: unknown gains of sensors from what they read together."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.sensing.space import Fields, Modes, mode_space
from geomlearn.sensing.calibration.options import CalibrationOptions

_DEFAULTS = CalibrationOptions()


def calibrate(
    file: Spec,
    /,
    *,
    output: Output,
    sensors: Annotated[Path, Parameter(help="Sensors of `sense place`.")],
    snapshots: Annotated[Path, Parameter(help="Readings, one snapshot a row, in the order of the sensors.")],
    k: Modes = 30,
    fields: Fields = None,
    operators: Annotated[
        Path | None,
        Parameter(
            help="An .npz with `operators` (p, n, k), for --model repeated and diverse: what each snapshot measured.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[CalibrationOptions, flat(CalibrationOptions)] = _DEFAULTS,
    field: Annotated[
        Path | None, Parameter(help="Also write the calibrated fields to this file.", show_default=False)
    ] = None,
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Find the gains of sensors whose fields are not known either.

    Several snapshots of fields that few modes can express determine both, up
    to one factor: the mean gain is 1, or that of --reference. The file, .csv,
    has the columns vertex, x, y, z, gain; a dead sensor has gain 0. Divide
    the readings by the gains before `sense fit`.
    """
    from geomlearn.operators.fields.field_files import WRITABLE, write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.sensing.calibration.self_calibration import self_calibration
    from geomlearn.sensing.io.samples import read_snapshots
    from geomlearn.sensing.io.sensors import lay_on, read_sensors
    from geomlearn.sensing.io.tables import write_table

    terminal = common.terminal()
    output = claim(output, (".csv",), "A table of gains", force=force)
    field = claim(field, WRITABLE, "A field", force=force) if field else None
    shape = load(file, terminal)
    known = read_sensors(sensors)
    vertices, distances = lay_on(known, shape)
    readings = read_snapshots(snapshots, len(vertices))
    space = mode_space(shape, k, fields, terminal)
    matrix = _operators(operators) if options.model != "snapshots" else space.functions[vertices]
    start = time.perf_counter()
    with terminal.progress("calibrating") as progress:
        found = self_calibration(readings, matrix, options, progress)
    places = dict(zip("xyz", shape.vertices[vertices].T, strict=True))
    write_table(output, {"vertex": vertices, **places, "gain": found.gains}, force=force)
    terminal.wrote(output, f"gains of {len(vertices)} sensors from {len(readings)} snapshots")
    if field is not None:
        values = np.atleast_2d(found.fields) @ space.functions.T
        series = FieldSeries(np.arange(len(values)), values, ("u",), {"source": shape.name, "method": "calibration"})
        write_field(field, series, shape, force=force)
        terminal.wrote(field, f"{len(values)} calibrated fields")
    terminal.warn(found.warnings)
    facts = {
        "gains": found.gains,
        "dead": found.dead,
        "gap": found.gap,
        "noise": found.noise,
        "distance": float(distances.max()),
        "time_s": time.perf_counter() - start,
    }
    terminal.rows(_in_words(facts))
    of = f" --fields {shown(fields)}" if fields else ""
    terminal.next(
        f"geomlearn sense fit {file} -k {k}{of} --sensors {shown(sensors)} --samples CALIBRATED.csv -o field.npz"
    )
    terminal.finish({"file": file, "output": output, "field": field, "k": k, **facts})


def _operators(path: Path | None) -> np.ndarray:
    from geomlearn.app.cli.exits import UsageError
    from geomlearn.core.arrays import read_arrays
    from geomlearn.core.errors import FormatError

    if path is None:
        raise UsageError("These measurements have an operator each.", "Give them by --operators FILE.npz.")
    found = read_arrays(path)[0].get("operators")
    if found is None or found.ndim != 3:
        raise FormatError(f"{path.name} holds no operators (p, n, k).", "Give an array of that name and shape.")
    return found


def _in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    alive = np.delete(facts["gains"], facts["dead"])
    return {
        "gains": f"{number(float(alive.min()))} … {number(float(alive.max()))}",
        "dead": ", ".join(map(str, facts["dead"][:20])) or None,
        "gap": f"{number(facts['gap'])}: other gains fit {'clearly' if facts['gap'] > 1e-3 else 'only slightly'} worse",
        "noise": f"σ ratio {number(facts['noise'])}",
        "time": f"{facts['time_s']:.2f} s",
    }
