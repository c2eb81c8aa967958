"""The field that readings suggest: by which solver, how good it is, and the pictures of it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import numpy as np

from geomlearn.app.desks.sense.choices import Choice, current_readings
from geomlearn.app.desks.sense.reading import Measuring
from geomlearn.app.desks.sense.work import source_of, still, with_modes
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing import readings as take
from geomlearn.app.model.sensing.items import ReadingsItem, SensorsItem
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui

REBUILD = "geomlearn.app.model.sensing.jobs:rebuild_on"
SOLVERS = {
    "auto": "by number of samples",
    "wls": "weighted least squares",
    "sketch": "one sketch",
    "normal": "products AᵀA",
    "precondition": "sketch, refined to all digits",
    "sparse": "few bumps",
}


def draw_rebuilding(app: Application, ui: Ui, shape: ShapeItem, measuring: Measuring, needs: str) -> None:
    """The readings at hand, and the button that makes a field of them."""
    readings = current_readings(app)
    if readings is None:
        ui.gap()
        ui.faint("No readings yet.")
        return
    ui.gap()
    ui.heading(readings.label, 1.1)
    m, t = readings.values.shape
    silent = int((~np.isfinite(readings.values)).all(axis=1).sum())
    rows = [("samples", f"{m:,}{f', {silent} silent' if silent else ''}")]
    if t > 1:
        rows.append(("snapshots", f"{t:,}"))
    finite = readings.values[np.isfinite(readings.values)]
    if finite.size:
        rows.append(("values", f"{finite.min():.4g} to {finite.max():.4g}"))
    ui.pairs(rows)
    labels = list(SOLVERS.values())
    _, measuring.solver = ui.combo("Rebuild by", list(SOLVERS), measuring.solver, labels=labels)
    _draw_solver(ui, measuring)
    sensors = app.scene.items.get(readings.sensors)
    if isinstance(sensors, SensorsItem) and sensors.gains:
        _, measuring.calibrated = ui.checkbox("Divide by the gains found", measuring.calibrated, "calibrated")
    if ui.button("Rebuild the field", "rebuild", primary=True, reason=needs, width=-1):
        app.run("sense.rebuild")


def _draw_solver(ui: Ui, measuring: Measuring) -> None:
    if measuring.solver == "sparse":
        measuring.bumps = draw_options(ui, measuring.bumps, first=("penalty", "activity"), skip=("weight", "step"))
        return
    tip = "Standard deviation of a reading where it is known; 0 where it is not. It widens the band at least so far."
    _, noise = ui.input_number("Noise of a reading", measuring.known_noise, tip=tip)
    measuring.known_noise = max(noise, 0.0)


def needs_readings(app: Application, choice: Choice, solver: str) -> str:
    """Why no field can be rebuilt now."""
    readings = current_readings(app)
    if readings is None:
        return "There are no readings yet: take some, or load a file."
    if app.busy(REBUILD):
        return "This is being computed."
    sensors = app.scene.items.get(readings.sensors)
    k = sensors.k if isinstance(sensors, SensorsItem) else choice.k
    n = int(np.isfinite(readings.values).any(axis=1).sum())
    if n < k and solver != "sparse":
        return f"{n} readings cannot determine {k} modes: measure more, place for fewer modes, or seek few bumps."
    return ""


def rebuild(app: Application, readings: ReadingsItem, choice: Choice, measuring: Measuring) -> None:
    """Rebuild the field from the readings, in the modes their sensors were placed for, else in those chosen."""
    sensors = app.scene.items.get(readings.sensors)
    shape: ShapeItem = app.scene[readings.owner]
    how = replace(measuring)
    if isinstance(sensors, SensorsItem):
        gains = sensors.gains if measuring.calibrated else ()
        _rebuild(app, readings, app.scene[sensors.basis], (sensors.k, how, gains))
    else:
        with_modes(app, shape, choice, lambda basis: _rebuild(app, readings, basis, (choice.k, how, ())))


def _rebuild(
    app: Application, readings: ReadingsItem, basis: BasisItem, how: tuple[int, Measuring, tuple[float, ...]]
) -> None:
    k, measuring, gains = how

    def arrived(found: Any) -> None:
        still(app, basis.id)
        items = take.rebuilt_items(app.scene, still(app, readings.id), basis, found, {"k": k})
        layer = {readings.owner: Layer(source=items[0].id)}
        script = _script(app.scene, readings, basis, how)
        if app.do(Add(items, f"Rebuild {readings.name} from {len(readings.values):,} samples", script, layer)):
            app.focus_on(items[0].id)
            app.look("same")

    title = f"Field from {len(readings.values):,} samples"
    given = (measuring.solver, measuring.known_noise, gains, measuring.bumps)
    app.submit(title, REBUILD, basis.basis.truncated(k), take.readings_of(readings), *given, on_result=arrived)


def _script(
    scene: Scene, readings: ReadingsItem, basis: BasisItem, how: tuple[int, Measuring, tuple[float, ...]]
) -> Script:
    k, measuring, gains = how
    noise, solver = measuring.known_noise, measuring.solver
    given = f"{solver!r}, {noise!r}, gains={gains!r}"
    lines = [
        "from geomlearn.app.model.sensing.jobs import rebuild_on",
        "from geomlearn.app.model.sensing.readings import readings_of, show_rebuilt",
        f"modes = scene.by_label({basis.label!r}).basis.truncated({k})",
    ]
    flags = f" --solver {solver}" if solver != "auto" else ""
    if solver == "sparse":
        chosen = measuring.bumps.model_dump(exclude_defaults=True)
        words = ", ".join(f"{key}={value!r}" for key, value in chosen.items())
        lines.insert(0, "from geomlearn.sparse.options import CodeOptions")
        given += f", bumps=CodeOptions({words})"
        flags += f" --penalty {measuring.bumps.penalty} --activity {measuring.bumps.activity:g}"
    elif noise:
        flags += f" --noise {noise:g}"
    lines += [
        f"found = rebuild_on(modes, readings_of(scene.by_label({readings.label!r})), {given})",
        f"scene = show_rebuilt(scene, found, readings={readings.label!r}, basis={basis.label!r}, k={k})",
    ]
    source = source_of(scene[readings.owner])
    shell = f"geomlearn sense fit {source} -k {k} --samples {shlex.quote(readings.source)}{flags} -o field.npz"
    return Script(shell if readings.source and not readings.sensors else "", "\n".join(lines))
