"""Readings of sensors: taken from a field on the stage, or read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geomlearn.app.desks.sense.choices import current_sensors, fields_on
from geomlearn.app.desks.sense.work import still
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.sensing import readings as take
from geomlearn.app.model.sensing.items import Readings, SensorsItem
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.sparse.options import CodeOptions

READ = "geomlearn.app.model.sensing.jobs:read_on"


@dataclass
class Measuring:
    """What the person chose.

    Attributes
    ----------
    truth   id of the field that readings are taken from.
    noise   of a reading, as a share of the field's range;  gain_spread  of the sensors' gains.
    path    of a file of readings.
    solver  how the field is rebuilt;  calibrated  whether known gains are divided out.
    known_noise   standard deviation of a reading where it is known, else 0;  bumps  of the solver "sparse".
    """

    truth: str = ""
    noise: float = 0.01
    gain_spread: float = 0.0
    path: str = ""
    solver: str = "auto"
    calibrated: bool = True
    known_noise: float = 0.0
    bumps: CodeOptions = field(default_factory=CodeOptions)


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


def take_readings(app: Application, sensors: SensorsItem, measuring: Measuring) -> None:
    """Read the field chosen at the sensors."""
    truth: FieldItem = app.scene[measuring.truth]
    noise = measuring.noise * float(np.ptp(take.rows_of(truth)))
    spread = measuring.gain_spread
    item = take.taken(app.scene, sensors, truth, noise, 0, spread)
    words = f"noise={noise!r}, gain_spread={spread!r}"
    python = "\n".join(
        [
            "from geomlearn.app.model.sensing.readings import take_readings",
            f"scene = take_readings(scene, {sensors.label!r}, {truth.label!r}, {words})",
        ]
    )
    if app.do(Add((item,), f"Read {truth.label} at {len(sensors.vertices)} sensors", Script("", python))):
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
