"""The page that calibrates: gains of the sensors from several snapshots, as bars."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.app.desks.sense.choices import current_readings
from geomlearn.app.desks.sense.work import still
from geomlearn.app.model.cards import method_card
from geomlearn.app.model.commands import Steps, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.sensing.items import ReadingsItem, SensorsItem
from geomlearn.app.model.sensing.readings import readings_of
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.widgets import Ui

CALIBRATE = "geomlearn.app.model.sensing.jobs:calibrate_on"
WRITE = "geomlearn.sensing.io.tables:write_table"


class GainsPanel:
    """Gains found, and their file."""

    def __init__(self) -> None:
        self.sentence = ""
        self._export = ExportBox("gains", WRITE, (".csv",))

    def draw(self, app: Application, ui: Ui, sensors: SensorsItem | None) -> None:
        ui.faint("Several snapshots of fields that few modes can express tell the gains of the sensors as well.")
        draw_card(ui, method_card("self-calibration"), "About this method", open_=False)
        if ui.button("Find the gains", "calibrate", primary=True, reason=needs(app), width=-1):
            app.run("sense.calibrate")
        if sensors is None or not sensors.gains:
            return
        gains = np.array(sensors.gains)
        alive = gains[gains != 0]
        rows = [("gains", f"{alive.min():.3g} to {alive.max():.3g}, mean 1")]
        if sensors.dead:
            rows.append(("dead", ", ".join(str(number + 1) for number in sensors.dead[:12])))
        ui.pairs(rows)
        limits = (0.0, len(gains) + 1.0, 0.0, 1.1 * max(1.0, float(gains.max())))
        with plots.plot(ui, "gains", "sensor", "gain", height=150, limits=limits) as shown:
            if shown:
                plots.bars(ui, "gain", np.arange(1, len(gains) + 1), gains, ui.theme.accent)
                plots.line(ui, "one", np.array([0.0, len(gains) + 1]), np.ones(2), ui.theme.faint, weight=1.0)
        if self.sentence:
            ui.faint(self.sentence)
        shape: ShapeItem = app.scene[sensors.owner]
        places = shape.shape.vertices[list(sensors.vertices)]
        table = {"vertex": np.array(sensors.vertices), **dict(zip("xyz", places.T, strict=True)), "gain": gains}
        with ui.section("Export the gains", open_=False) as open_:
            if open_:
                self._export.draw(app, ui, identifier(f"{shape.label} gains"), (table,))

    def calibrate(self, app: Application) -> None:
        """Find the gains of the sensors from their readings."""
        readings = current_readings(app)
        sensors: SensorsItem = app.scene[readings.sensors]
        basis = app.scene[sensors.basis].basis.truncated(sensors.k)
        app.submit(
            f"Gains of {len(sensors.vertices)} sensors",
            CALIBRATE,
            basis,
            readings_of(readings),
            on_result=lambda found: self._arrived(app, sensors.id, found),
        )

    def _arrived(self, app: Application, sensors_id: str, found: Any) -> None:
        sensors = still(app, sensors_id)
        gains = tuple(0.0 if number in found.dead else float(np.real(g)) for number, g in enumerate(found.gains))
        what = f"Gains of {sensors.label}"
        if app.do(Steps(what, (change(sensors_id, what, gains=gains),))):
            sure = "clearly" if found.gap > 1e-3 else "only slightly"
            said = f"Other gains fit {sure} worse (gap {found.gap:.2g}); noise ratio {found.noise:.2g}."
            self.sentence = " ".join((said, *found.warnings))


def needs(app: Application) -> str:
    """Why no gains can be found now."""
    readings: ReadingsItem | None = current_readings(app)
    if readings is None or not isinstance(app.scene.items.get(readings.sensors), SensorsItem):
        return "There are no readings of these sensors yet: see the page Rebuild."
    if app.busy(CALIBRATE):
        return "This is being computed."
    if readings.values.shape[1] < 2:
        return "One snapshot cannot tell gains from the field: take readings of a field with several moments."
    return ""
