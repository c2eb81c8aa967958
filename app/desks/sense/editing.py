"""Sensors placed, moved and taken away on the stage by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geomlearn.app.desks.sense.choices import current_sensors
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.sensing.sensing import Resensor
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit
from geomlearn.app.window.stage.numbers import VertexNumbers
from geomlearn.app.window.ui.widgets import Ui

REACH = 0.03
"""How near to a sensor a click means it; the diagonal of a shape is 1."""
NUMBERED = 200
"""Of more sensors the numbers would hide the shape."""


def sensor_under(app: Application, sensors: SensorsItem, hit: Hit) -> int | None:
    """The number of the sensor that the pointer is on, from 0."""
    shape = _shown(app, sensors, hit)
    if shape is None:
        return None
    away = np.linalg.norm(world_points(app.scene, shape, list(sensors.vertices)) - hit.position, axis=1)
    nearest = int(away.argmin())
    return nearest if away[nearest] < REACH else None


def click(app: Application, hit: Hit) -> bool:
    """A click takes the sensor under it away, and elsewhere adds one; each a step that can be undone."""
    sensors = current_sensors(app)
    if sensors is None or _shown(app, sensors, hit) is None:
        return False
    under = sensor_under(app, sensors, hit)
    if under is None:
        what = f"Add sensor {len(sensors.vertices) + 1} at vertex {hit.vertex}"
        return app.do(Resensor(sensors.id, (*sensors.vertices, hit.vertex), what))
    vertices = tuple(vertex for number, vertex in enumerate(sensors.vertices) if number != under)
    app.do(Resensor(sensors.id, vertices, f"Remove sensor {under + 1}"))
    return True


def grip(app: Application, hit: Hit) -> Callable[[Hit], None] | None:
    """A drag moves the sensor that it begins on."""
    sensors = current_sensors(app)
    under = sensor_under(app, sensors, hit) if sensors else None
    if under is None:
        return None

    def drop(end: Hit) -> None:
        if _shown(app, sensors, end) is not None:
            vertices = list(sensors.vertices)
            vertices[under] = end.vertex
            app.do(Resensor(sensors.id, tuple(vertices), f"Move sensor {under + 1} to vertex {end.vertex}"))

    return drop


def draw_numbers(app: Application, ui: Ui, numbers: VertexNumbers) -> None:
    """The number of each sensor beside it on the stage."""
    sensors = current_sensors(app)
    if sensors is not None and sensors.visible and len(sensors.vertices) <= NUMBERED:
        shape: ShapeItem = app.scene[sensors.owner]
        numbers.draw(app.scene, ui, shape, dict(enumerate(sensors.vertices, 1)))


def _shown(app: Application, sensors: SensorsItem, hit: Hit) -> ShapeItem | None:
    """The picture of the sensors' shape that was hit."""
    shape = app.scene[hit.shape_id]
    return shape if shape.shows(sensors.owner) else None
