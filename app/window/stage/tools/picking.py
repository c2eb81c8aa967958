"""What a click on a shape does while a tool is in hand: a distance between two, numbers read at any."""

from __future__ import annotations

from functools import partial

from geomlearn.app.model.commands import Add
from geomlearn.app.model.measuring.commands import Measure, Probe
from geomlearn.app.model.measuring.items import Measured, ProbesItem
from geomlearn.app.model.measuring.measures import distance_item
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit

MEASURE = "geomlearn.app.model.measuring.measures:measure"


def click(app: Application, hit: Hit) -> bool:
    """Use a click for the tool in hand; returns whether there is one."""
    shape_id = app.scene[hit.shape_id].twin_of or hit.shape_id
    if app.tool == "probe":
        probe(app, shape_id, hit.vertex)
    elif app.tool == "measure":
        _ends(app, hit, shape_id)
    return bool(app.tool)


def _ends(app: Application, hit: Hit, shape_id: str) -> None:
    """The first click begins a distance, the second one on the same shape ends it."""
    first = app.first
    if first is None or first.shape_id not in app.scene or not app.scene[first.shape_id].shows(shape_id):
        app.begin_distance(Hit(shape_id, hit.vertex, hit.position))
        return
    app.begin_distance(None)
    if hit.vertex != first.vertex:
        ask_distance(app, shape_id, first.vertex, hit.vertex)


def ask_distance(app: Application, shape_id: str, start: int, end: int) -> None:
    """Let a worker measure between two vertices of a shape."""
    shape = app.scene[shape_id]
    step = Measure(shape_id, start, end)
    arrived = partial(_arrived, app, step)
    app.submit(step.title(app.scene), MEASURE, shape.shape, start, end, lane="files", on_result=arrived)


def _arrived(app: Application, step: Measure, measured: Measured) -> None:
    if step.shape_id not in app.scene:
        return
    item = distance_item(app.scene[step.shape_id], step.start, step.end, measured)
    if app.do(Add((item,), step.title(app.scene), step.script(app.scene))):
        app.focus_on(item.id)


def probe(app: Application, shape_id: str, vertex: int) -> None:
    """Read a shape at one vertex more, or, where it is read already, no longer."""
    old = next(iter(app.scene.children(shape_id, ProbesItem)), None)
    vertices = old.vertices if old else ()
    without = tuple(one for one in vertices if one != vertex)
    if app.do(Probe(shape_id, without if vertex in vertices else (*vertices, vertex))):
        item = next(iter(app.scene.children(shape_id, ProbesItem)), None)
        app.focus_on(item.id if item else shape_id)
