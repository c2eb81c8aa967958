"""The sense desk: where to measure, the field from what was read, gains of sensors, modes of a film."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, get_args

import numpy as np

from geomlearn.app.desks.sense import editing, reading, rebuilding, rebuilt, work
from geomlearn.app.desks.sense.choices import Choice, current_readings, current_sensors
from geomlearn.app.desks.sense.film import FilmPanel
from geomlearn.app.desks.sense.gains import GainsPanel
from geomlearn.app.desks.sense.gains import needs as needs_snapshots
from geomlearn.app.desks.sense.placing import draw_placing, draw_promise, needs, sensors_here
from geomlearn.app.model.cards import method_card
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.texts import Script
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.actions.table import Action, needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk, Hit, Light
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.stage.numbers import VertexNumbers
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.sensing.placement.options import PlacementOptions

WRITE = "geomlearn.sensing.io.sensors:write_sensors"
PAGES = ("Place", "Rebuild", "Calibrate", "Film")


class SenseDesk(Desk):
    """Sensors on the shape in focus.

    Attributes
    ----------
    choice     how sensors are placed next.
    measuring  where readings come from, and how the field is rebuilt.
    editing    whether clicks on the shape add and remove sensors.
    page       which of `PAGES` is open.
    numbers    of the sensors, on the stage.
    """

    key = "sense"
    title = "Sense"

    def __init__(self) -> None:
        self.choice = Choice()
        self.measuring = reading.Measuring()
        self.gains, self.film = GainsPanel(), FilmPanel()
        self.editing = False
        self.page = PAGES[0]
        self.numbers = VertexNumbers()
        self._export = ExportBox("sensors", WRITE, (".csv",))

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("sense.open", "Sense desk", lambda app: app.show_desk(self.key), ("F5",)),
            Action("sense.compute", "Place sensors", self.compute, (), lambda app: needs(app, self.choice)),
            Action(
                "sense.edit",
                "Add and remove sensors by clicking",
                self.toggle_editing,
                (),
                sensors_here,
                lambda app: "on" if self.editing else "off",
            ),
            Action("sense.rebuild", "Rebuild the field from readings", self.rebuild, (), self.needs_rebuild),
            Action("sense.calibrate", "Find the gains of the sensors", self.calibrate, (), needs_snapshots),
        )

    def findable(self, app: Application) -> Iterable[Action]:
        def choose(law: str) -> Callable[[Application], None]:
            def run(app: Application) -> None:
                self.choice.options = self.choice.options.replace(law=law)
                self._open(app, "Place")

            return run

        for law in get_args(PlacementOptions.model_fields["law"].annotation):
            words = "sensors placement where to measure dpp sampling"
            yield Action(f"sense.law.{law}", f"Place sensors by {law}", choose(law), when=needs_shape, words=words)
        for page in PAGES[1:]:
            words = "sensors readings measurements gains modes film dictionary"
            yield Action(f"sense.page.{page}", f"Sense: {page}", partial(self._open, page=page), words=words)

    def draw(self, app: Application, ui: Ui) -> None:
        shape = app.shape
        if shape is None:
            ui.faint("Open a shape first: drop a file, or press Ctrl+O.")
            return
        ui.heading(shape.label)
        self.page = ui.choice("page", PAGES, self.page)
        ui.gap(2)
        sensors = current_sensors(app)
        if self.page == "Place":
            draw_placing(app, ui, shape, self.choice)
            if sensors is not None:
                self._draw_sensors(app, ui, sensors)
            draw_card(ui, method_card("sensor-placement"), "About this method", open_=False)
        elif self.page == "Rebuild":
            # Two names: with readings at hand those that could be taken fold away.
            title = "Other readings" if current_readings(app) else "Readings"
            with ui.section(title, open_=title == "Readings") as shown:
                if shown:
                    reading.draw_source(app, ui, shape, self.measuring)
            rebuilding.draw_rebuilding(app, ui, shape, self.measuring, self.needs_rebuild(app))
            field = rebuilt.shown_rebuilt(app)
            if field is not None:
                rebuilt.draw_rebuilt(app, ui, field)
        elif self.page == "Calibrate":
            self.gains.draw(app, ui, sensors)
        else:
            self.film.draw(app, ui)
        self.film.follow(app)
        editing.draw_numbers(app, ui, self.numbers)

    def _draw_sensors(self, app: Application, ui: Ui, sensors: SensorsItem) -> None:
        ui.gap()
        ui.heading(sensors.label, 1.1)
        words = "Stop adding and removing" if self.editing else "Add and remove by clicking"
        if ui.button(words, "by hand", primary=self.editing, width=-1):
            self.toggle_editing(app)
        hint = "A click adds a sensor, or takes the one under it away. " if self.editing else ""
        ui.faint(f"{hint}Drag a sensor to move it.")
        draw_promise(app, ui, sensors)
        with ui.section("Export", open_=False) as shown:
            if shown:
                shape: ShapeItem = app.scene[sensors.owner]
                args = (shape.shape, np.array(sensors.vertices), sensors.weights)
                self._export.draw(app, ui, identifier(sensors.label), args, _export_script(shape, sensors))

    # Doing

    def compute(self, app: Application) -> None:
        """Place sensors as chosen."""
        self._open(app, "Place")
        work.place(app, app.shape, self.choice)

    def rebuild(self, app: Application) -> None:
        """Make a field of the readings at hand."""
        self._open(app, "Rebuild")
        rebuilding.rebuild(app, current_readings(app), self.choice, self.measuring)

    def calibrate(self, app: Application) -> None:
        """Find the gains from the readings at hand."""
        self._open(app, "Calibrate")
        self.gains.calibrate(app)

    def toggle_editing(self, app: Application) -> None:
        """Let clicks add and remove sensors, or no more."""
        self._open(app, "Place")
        self.editing = not self.editing

    def needs_rebuild(self, app: Application) -> str:
        """Why no field can be rebuilt now."""
        return rebuilding.needs_readings(app, self.choice, self.measuring.solver)

    def _open(self, app: Application, page: str) -> None:
        self.page = page
        app.show_desk(self.key)

    # What the window asks

    def click(self, app: Application, hit: Hit) -> bool:
        return self.page == "Place" and self.editing and editing.click(app, hit)

    def grip(self, app: Application, hit: Hit) -> Callable[[Hit], None] | None:
        return editing.grip(app, hit) if self.page == "Place" else None

    def hover(self, app: Application, hit: Hit | None) -> list[Light]:
        sensors = current_sensors(app)
        under = editing.sensor_under(app, sensors, hit) if hit is not None and sensors is not None else None
        if under is None:
            return []
        shape = app.scene[hit.shape_id]
        return [Light(world_points(app.scene, shape, [sensors.vertices[under]])[0], app.theme.warn)]

    def remember(self) -> Mapping[str, Any]:
        return {**self.choice.kept(), "page": self.page}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.choice.recall(kept)
        self.page = kept.get("page") if kept.get("page") in PAGES else self.page


def _export_script(shape: ShapeItem, sensors: SensorsItem) -> Script:
    lines = [
        "from geomlearn.sensing.io.sensors import write_sensors",
        f"at = scene.by_label({sensors.label!r})",
        f"write_sensors('PATH', {identifier(shape.label)}, list(at.vertices), at.weights)",
    ]
    return Script("", "\n".join(lines))
