"""Carrying what one shape shows or holds to the other, through a match."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geomlearn.app.model.commands import Add, Command, Steps, change
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.scene import unique
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui


def draw_carry(app: Application, ui: Ui, match: MatchItem) -> None:
    """A button for each direction: colours, and selections where there are some."""
    ui.faint("What one shape shows appears on the other where the match says that it belongs.")
    for here, there in (match.parents, match.parents[::-1]):
        one, other = app.scene[here], app.scene[there]
        if ui.button(f"{one.label} → {other.label}", f"carry {one.label}", reason=missing(app, match, one), width=-1):
            carry(app, match, one, other)


def missing(app: Application, match: MatchItem, one: ShapeItem) -> str:
    """Why nothing can be carried from this shape."""
    shows = one.layer is not None and one.layer.source != match.id and not one.layer.through
    return "" if shows or _selections(app, one) else f"{one.label} shows nothing of its own, and holds no selection."


def carry(app: Application, match: MatchItem, one: ShapeItem, other: ShapeItem) -> None:
    """Show on `other` what `one` shows, and give it its selections; one step."""
    steps: list[Command] = []
    if one.layer is not None and one.layer.source != match.id and not one.layer.through:
        steps.append(change(other.id, layer=replace(one.layer, through=match.id)))
    # Each vertex of the other shape asks where it comes from.
    fetch = match.map_ba if other.id == match.shape_b else match.map_ab
    taken = [item.label for item in app.scene]
    for selection in _selections(app, one):
        inside = np.zeros(one.shape.n_vertices, bool)
        inside[list(selection.indices)] = True
        label = unique(f"{selection.label} on {other.label}", taken)
        taken.append(label)
        indices = tuple(np.flatnonzero(inside[fetch]).tolist())
        item = SelectionItem(label=label, owner=other.id, indices=indices)
        steps.append(Add((item,), made=_made(item, other)))
    app.do(Steps(f"Carry what {one.label} shows to {other.label}", tuple(steps)))


def _selections(app: Application, shape: ShapeItem) -> tuple[SelectionItem, ...]:
    return tuple(item for item in app.scene.children(shape.id, SelectionItem) if item.indices)


def _made(item: SelectionItem, owner: ShapeItem) -> Script:
    lines = ["from geomlearn.app.model.computed import SelectionItem"]
    given = f"label={item.label!r}, owner=scene.by_label({owner.label!r}).id, indices={item.indices!r}"
    lines.append(f"scene = scene.put([SelectionItem({given})])")
    return Script("", "\n".join(lines))
