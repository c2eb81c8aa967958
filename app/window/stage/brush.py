"""Painting a selection onto its shape with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.selection import ball
from geomlearn.app.model.texts import Script
from geomlearn.app.window.desk import Hit

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application


@dataclass
class Brush:
    """It paints the selection in focus.

    Attributes
    ----------
    on      whether it paints; a new selection turns it on.
    radius  of one dab, relative to the diagonal of the shape.
    """

    on: bool = False
    radius: float = 0.04

    def turn(self, *, on: bool) -> None:
        """Let it paint, or not."""
        self.on = on

    def paints(self, app: Application) -> SelectionItem | None:
        """What it would paint now."""
        item = app.item
        return item if self.on and isinstance(item, SelectionItem) and item.owner in app.scene else None

    def reaches(self, app: Application, hit: Hit | None) -> bool:
        """Whether there is something under the pointer that it would paint on."""
        item = self.paints(app)
        return item is not None and hit is not None and app.scene[hit.shape_id].shows(item.owner)

    def dab(self, app: Application, hit: Hit, *, erase: bool = False) -> None:
        """Add what lies around a point to the selection, or take it away."""
        item = self.paints(app)
        if item is None:
            return
        points = app.scene[item.owner].unit_vertices
        inside = np.zeros(len(points), bool)
        inside[list(item.indices)] = True
        inside[list(ball(points, points[hit.vertex], self.radius))] = not erase
        inside[hit.vertex] = not erase
        indices = tuple(np.flatnonzero(inside).tolist())
        if indices != item.indices:
            word = "Erase from" if erase else "Brush"
            app.do(change(item.id, f"{word} {item.label}", indices=indices))


def new_selection(app: Application) -> None:
    """An empty selection on the shape in focus, and the brush ready."""
    shape = app.shape
    item = SelectionItem(label=f"{shape.label} · selection", owner=shape.id)
    lines = ["from geomlearn.app.model.computed import SelectionItem"]
    lines.append(f"scene = scene.put([SelectionItem(label={item.label!r}, owner=scene.by_label({shape.label!r}).id)])")
    if app.do(Add((item,), f"New selection on {shape.label}", Script("", "\n".join(lines)))):
        app.focus_on(item.id)
        app.brush.turn(on=True)
