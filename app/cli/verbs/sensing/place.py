"""`geomlearn sense place`: where to measure on a shape."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.sensing.demands import Demands, constraints
from geomlearn.app.cli.verbs.sensing.space import Fields, Modes, mode_space
from geomlearn.sensing.placement.options import PlacementOptions

if TYPE_CHECKING:
    from geomlearn.sensing.placement.place import Sensors

_DEFAULTS = PlacementOptions()


def place(
    file: Spec,
    /,
    *,
    output: Output,
    k: Modes = 30,
    options: Annotated[PlacementOptions, flat(PlacementOptions)] = _DEFAULTS,
    fields: Fields = None,
    demands: Annotated[Demands, Parameter(name="*")] = Demands(),  # noqa: B008 (frozen)
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Choose where to measure so that a field can be rebuilt.

    The file, .csv, has a line for each sensor: vertex (from 0), x, y, z and
    its weight in the least squares. What the set promises is printed: λ_min
    is 1 when the sensors see the modes as the whole shape does, and 0 when
    a mode cannot be seen; the error factor is the expected error over the
    best that the modes allow.
    """
    from geomlearn.sensing.io.sensors import write_sensors
    from geomlearn.sensing.placement.place import place as place_sensors

    terminal = common.terminal()
    output = claim(output, (".csv",), "A table of sensors", force=force)
    shape = load(file, terminal)
    space = mode_space(shape, k, fields, terminal)
    start = time.perf_counter()
    with terminal.progress(f"sensors on {shape.name}") as progress:
        found = place_sensors(space, shape.vertices, options, constraints(demands, shape, options.distance), progress)
    elapsed = time.perf_counter() - start
    write_sensors(output, shape, found.vertices, found.weights, force=force)
    if options.stabilize == "redraw" and not found.stable:
        terminal.warn([f"No set of {found.n_draws} reached λ_min ≥ {1 - options.delta:g}: the best one was kept."])
    terminal.wrote(output, f"{len(found.vertices)} sensors on {shape.name} for {k} modes")
    facts = _facts(found, elapsed)
    terminal.rows(_in_words(facts))
    of = f" --fields {shown(fields)}" if fields else ""
    terminal.next(
        f"geomlearn sense fit {file} -k {k}{of} --sensors {shown(output)} --samples READINGS.csv -o field.npz"
    )
    terminal.finish({"file": file, "output": output, "k": k, "options": options, **facts})


def _facts(found: Sensors, elapsed: float) -> dict[str, Any]:
    """What the sensors promise, for people and programs alike."""
    return {
        "vertices": found.vertices,
        "weights": found.weights,
        "lambda_min": found.stability.lambda_min,
        "condition": found.stability.condition,
        "error_factor": found.stability.error_factor,
        "noise_gain": found.stability.noise_gain,
        "stable": found.stable,
        "draws": found.n_draws,
        "time_s": elapsed,
    }


def _in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    return {
        "λ_min": f"{number(facts['lambda_min'])}{'' if facts['stable'] else ', below what is safe'}",
        "condition": number(facts["condition"]),
        "error": f"{number(facts['error_factor'])} × the best these modes allow, expected",
        "noise": f"{number(facts['noise_gain'])} in the field for 1 in every reading",
        "draws": number(facts["draws"]) if facts["draws"] > 1 else None,
        "time": f"{facts['time_s']:.2f} s",
    }
