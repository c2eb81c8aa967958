"""The page that rebuilds: readings from a field on the stage or a file, and the field they suggest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.app.desks.sense.choices import (
    basis_for,
    current_readings,
    current_rebuilt,
    current_sensors,
    fields_on,
)
from geomlearn.app.desks.sense.work import source_of, still, with_modes
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.fields import OnePicture, SideBySide
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.sensing import readings as take
from geomlearn.app.model.sensing.items import Readings, ReadingsItem, SensorsItem
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.widgets import Ui

READ = "geomlearn.app.model.sensing.jobs:read_on"
REBUILD = "geomlearn.app.model.sensing.jobs:rebuild_on"
SOLVERS = {
    "auto": "by number of samples",
    "wls": "weighted least squares",
    "sketch": "one sketch",
    "normal": "products AᵀA",
    "precondition": "sketch, refined to all digits",
    "sparse": "few bumps",
}


@dataclass
class Measuring:
    """What the person chose.

    Attributes
    ----------
    truth   id of the field that readings are taken from.
    noise   of a reading, as a share of the field's range;  gain_spread  of the sensors' gains.
    path    of a file of readings.
    solver  how the field is rebuilt;  calibrated  whether known gains are divided out.
    """

    truth: str = ""
    noise: float = 0.01
    gain_spread: float = 0.0
    path: str = ""
    solver: str = "auto"
    calibrated: bool = True


def draw_source(app: Application, ui: Ui, shape: ShapeItem, measuring: Measuring) -> None:
    """Where readings come from."""
    sensors, fields = current_sensors(app), fields_on(app, shape)
    if sensors is not None and fields:
        ids, labels = take.label_list(fields)
        measuring.truth = measuring.truth if measuring.truth in ids else ids[-1]
        _, measuring.truth = ui.combo("Read a field on the stage", ids, measuring.truth, labels=labels)
        with columns("errors") as next_column:
            tip = "Standard deviation, as a share of the field's range."
            _, measuring.noise = ui.slider_float("noise", measuring.noise, 0.0, 0.2, tip=tip)
            next_column()
            tip = "Each sensor is off by a factor of its own, up to this: for trying calibration."
            _, measuring.gain_spread = ui.slider_float("gains ±", measuring.gain_spread, 0.0, 0.9, tip=tip)
        if ui.button("Take readings", "take", width=-1):
            take_readings(app, sensors, measuring)
        ui.gap(2)
    elif sensors is not None:
        ui.faint("To try this out, solve an equation with R on the Fields desk: sensors can read that field.")
    hint = "vertex,value · x,y,z,value · one snapshot a row"
    _, measuring.path = ui.input_text("Or read a file of measurements", measuring.path, hint=hint)
    reason = "" if measuring.path.strip() else "Type the path of a .csv, .npz, .npy, .mat or .h5 file."
    if ui.button("Load measurements", "load", reason=reason):
        load(app, shape, str(Path(measuring.path.strip()).expanduser().absolute()))


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
    sensors = app.scene.items.get(readings.sensors)
    if isinstance(sensors, SensorsItem) and sensors.gains:
        _, measuring.calibrated = ui.checkbox("Divide by the gains found", measuring.calibrated, "calibrated")
    if ui.button("Rebuild the field", "rebuild", primary=True, reason=needs, width=-1):
        app.run("sense.rebuild")


def draw_rebuilt(app: Application, ui: Ui, field: FieldItem) -> None:
    """How good the rebuilt field is, and the pictures of it."""
    ui.gap()
    ui.heading(field.label, 1.1)
    shape: ShapeItem = app.scene[field.owner]
    at = min(_moment(app, field), len(field.times) - 1)
    rows = [("solver", SOLVERS.get(str(field.parameters["method"]), str(field.parameters["method"])))]
    left = float(np.atleast_1d(field.parameters["residual"])[at])
    if np.isfinite(left):
        rows.append(("left at the samples", f"{left:.3g}"))
    for name, word in (("relative error", "error, of the truth"), ("largest error", "largest error")):
        if name in field.curves:
            rows.append((word, f"{field.curves[name][at]:.3g}"))
    if "inside the band" in field.curves:
        rows.append(("truth inside the 95 % band", f"{field.curves['inside the band'][at]:.0%} of the shape"))
    ui.pairs(rows)
    band, truth = band_of(app, field), app.scene.items.get(str(field.parameters.get("truth", "")))
    if app.scene.twins(field.owner):
        if ui.button("Back to one picture", "single", width=-1):
            app.do(OnePicture(field.owner))
            app.look("same")
        return
    if truth is not None and ui.button("Band, rebuilt, truth and error side by side", "beside", width=-1):
        app.do(SideBySide(field.id, truth.id, beside=band.id if band else ""))
        app.focus_on(field.id)
        app.look("front")
    if band is not None:
        now = "band" if shape.layer is not None and shape.layer.source == band.id else "field"
        chosen = ui.choice("shown", ("field", "band"), now)
        if chosen != now:
            source = band if chosen == "band" else field
            from geomlearn.app.model.commands import change

            app.do(change(shape.id, layer=Layer(source=source.id, column=at)))


def band_of(app: Application, field: FieldItem) -> FieldItem | None:
    """The band that goes with a rebuilt field."""
    found = app.scene.children(field.owner, FieldItem)
    return next((item for item in found if item.parameters.get("of") == field.id), None)


def take_readings(app: Application, sensors: SensorsItem, measuring: Measuring) -> None:
    """Read the field chosen at the sensors."""
    field: FieldItem = app.scene[measuring.truth]
    noise = measuring.noise * float(np.ptp(take.rows_of(field)))
    spread = measuring.gain_spread
    item = take.taken(app.scene, sensors, field, noise, 0, spread)
    words = f"noise={noise!r}, gain_spread={spread!r}"
    python = "\n".join(
        [
            "from geomlearn.app.model.sensing.readings import take_readings",
            f"scene = take_readings(scene, {sensors.label!r}, {field.label!r}, {words})",
        ]
    )
    if app.do(Add((item,), f"Read {field.label} at {len(sensors.vertices)} sensors", Script("", python))):
        app.focus_on(item.id)


def load(app: Application, shape: ShapeItem, path: str) -> None:
    """Read a file of measurements, in a worker."""
    sensors = current_sensors(app)
    sensors = sensors if sensors is not None and sensors.owner == shape.id else None
    known = (sensors.vertices, sensors.weights) if sensors else ()

    def arrived(found: Readings) -> None:
        now = still(app, shape.id)
        item = take.read(
            app.scene, now, found, path, app.scene[sensors.id] if sensors and sensors.id in app.scene else None
        )
        name = identifier(now.label)
        lines = [
            "from geomlearn.app.model.sensing.jobs import read_on",
            "from geomlearn.app.model.sensing.readings import show_readings",
        ]
        if sensors:
            lines.append(f"at = scene.by_label({sensors.label!r})")
        given = ", at.vertices, at.weights" if sensors else ""
        of = f", sensors={sensors.label!r}" if sensors else ""
        lines.append(f"readings = read_on({path!r}, {name}{given})")
        lines.append(f"scene = show_readings(scene, readings, {path!r}, on={now.label!r}{of})")
        if app.do(Add((item,), f"Read {Path(path).name}", Script("", "\n".join(lines)))):
            app.focus_on(item.id)

    app.submit(f"Read {Path(path).name}", READ, path, shape.shape, *known, on_result=arrived, lane="files")


def rebuild(app: Application, readings: ReadingsItem, choice: Any, measuring: Measuring) -> None:
    """Rebuild the field from the readings, in the modes their sensors were placed for, else in those chosen."""
    sensors = app.scene.items.get(readings.sensors)
    shape: ShapeItem = app.scene[readings.owner]
    gains = sensors.gains if isinstance(sensors, SensorsItem) and measuring.calibrated else ()
    if isinstance(sensors, SensorsItem):
        _rebuild(app, readings, app.scene[sensors.basis], (sensors.k, measuring.solver, gains))
    else:
        with_modes(app, shape, choice, lambda basis: _rebuild(app, readings, basis, (choice.k, measuring.solver, ())))


def _rebuild(
    app: Application, readings: ReadingsItem, basis: BasisItem, how: tuple[int, str, tuple[float, ...]]
) -> None:
    k, solver, gains = how

    def arrived(found: Any) -> None:
        still(app, basis.id)
        items = take.rebuilt_items(app.scene, still(app, readings.id), basis, found, {"k": k})
        lines = [
            "from geomlearn.app.model.sensing.jobs import rebuild_on",
            "from geomlearn.app.model.sensing.readings import readings_of, show_rebuilt",
            f"modes = scene.by_label({basis.label!r}).basis.truncated({k})",
            f"found = rebuild_on(modes, readings_of(scene.by_label({readings.label!r})), {solver!r}, gains={gains!r})",
            f"scene = show_rebuilt(scene, found, readings={readings.label!r}, basis={basis.label!r}, k={k})",
        ]
        shape = app.scene[readings.owner]
        shell = f"geomlearn sense fit {source_of(shape)} -k {k} --samples {readings.source} -o field.npz"
        script = Script(shell if readings.source and not readings.sensors else "", "\n".join(lines))
        layer = {readings.owner: Layer(source=items[0].id)}
        if app.do(Add(items, f"Rebuild {readings.name} from {len(readings.values):,} samples", script, layer)):
            app.focus_on(items[0].id)
            app.look("same")

    title = f"Field from {len(readings.values):,} samples"
    app.submit(
        title, REBUILD, basis.basis.truncated(k), take.readings_of(readings), solver, 0.0, gains, on_result=arrived
    )


def _moment(app: Application, field: FieldItem) -> int:
    """Which of its frames is on the stage."""
    for shape in app.scene.of(ShapeItem):
        if shape.layer is not None and shape.layer.source == field.id:
            return field.frame(shape.layer.column)
    return len(field.times) - 1


def needs_readings(app: Application, choice: Any) -> str:
    """Why no field can be rebuilt now."""
    readings = current_readings(app)
    if readings is None:
        return "There are no readings yet: take some, or load a file."
    if app.busy(REBUILD):
        return "This is being computed."
    sensors = app.scene.items.get(readings.sensors)
    k = sensors.k if isinstance(sensors, SensorsItem) else choice.k
    n = int(np.isfinite(readings.values).any(axis=1).sum())
    if n < k:
        return f"{n} readings cannot determine {k} modes: measure more, or place for fewer modes."
    if not isinstance(sensors, SensorsItem) and basis_for(app, app.scene[readings.owner], choice) is None:
        return ""
    return ""


def shown_rebuilt(app: Application) -> FieldItem | None:
    """The rebuilt field to speak of, where it belongs to the shape in focus."""
    field = current_rebuilt(app)
    return field if field is not None and app.shape is not None and field.owner == app.shape.id else None
