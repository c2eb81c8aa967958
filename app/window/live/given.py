"""What a program or a line of the console gives to the stage, as commands."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.app.model.commands import Add, Steps
from geomlearn.app.model.computed import FieldItem, SelectionItem, ValuesItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.results import first_layer, viewed
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.live.content import fit
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape

Given = ValuesItem | FieldItem | VectorsItem | CurvesItem
"""What a program puts on a shape by name."""


def added(owner: ShapeItem | None, content: dict[str, Any]) -> Add:
    """Shapes, fields on the first of them, or on `owner`, and a map, in one step; nothing given is no item.

    Parameters
    ----------
    content   what `content_of` made.

    Raises
    ------
    GeomError   they do not belong together.
    """
    shapes = [
        viewed(
            ShapeItem(
                label=one["label"],
                shape=Shape(one["vertices"], one["faces"], one["label"]),
                point_size=content["point_size"],
            )
        )
        for one in content["shapes"]
    ]
    owner = shapes[0] if shapes else owner
    items: list[Item] = list(shapes)
    layers: dict[str, Layer] = {}
    for name, values in content["fields"].items():
        item = _source(name, values, owner)
        items.append(item)
        layers |= _layers(item)
    if content["match"]:
        match = MatchItem(
            label=" → ".join(shape.label for shape in shapes),
            shape_a=shapes[0].id,
            shape_b=shapes[1].id,
            method="given",
            **content["match"],
        )
        items.append(match)
        layers |= first_layer(match)
    return Add(tuple(items), "From Python: " + ", ".join(item.label for item in items), layers=layers)


def replaced(scene: Scene, owner: ShapeItem | None, name: str, values: dict[str, Any]) -> Steps:
    """New values for a field of this name, or a new field on `owner`; a quick row of them is one step."""
    old = next((item for item in scene if item.label == name and isinstance(item, Given)), None)
    owner = scene[old.owner] if old is not None else owner
    if isinstance(old, VectorsItem) and values.get("colors"):
        # Three numbers in [0, 1] are colours elsewhere; what was arrows stays arrows.
        values = {"vectors": values["values"][0], "on": None, "tangent": old.tangent}
    item = _source(name, values, owner)
    if old is not None and type(old) is type(item):
        looks = ("id", "visible", "length", "color", "width")
        item = item.replace(**{look: getattr(old, look) for look in looks if hasattr(old, look)})
    layers = {} if old is not None and item.id == old.id else _layers(item)
    return Steps(f"From Python: {name}", (Add((item,), layers=layers),), f"live {name}")


def values_on(scene: Scene, name: str) -> np.ndarray:
    """The numbers of the field called so.

    Raises
    ------
    ParameterError   nothing is called so, or it has no numbers of its own.
    """
    item = scene.by_label(name)
    if isinstance(item, CurvesItem):
        return item.points
    if isinstance(item, VectorsItem):
        return item.values
    if not isinstance(item, ValuesItem | FieldItem):
        raise ParameterError(f"{name} is no field.", "Ask for the scene, and take it from there.")
    return item.values[0] if isinstance(item, ValuesItem) and len(item.values) == 1 else item.values


def selected(scene: Scene, focus: str) -> np.ndarray:
    """(m,) the selection in focus, else the newest, else none."""
    found = scene.of(SelectionItem)
    chosen = next((item for item in found if item.id == focus), found[-1] if found else None)
    return np.array(chosen.indices if chosen else (), np.int64)


def _layers(item: Item) -> dict[str, Layer]:
    """What shows numbers on their shape; arrows and curves are seen by themselves."""
    return first_layer(item) if isinstance(item, ValuesItem | FieldItem) else {}


def _source(name: str, values: dict[str, Any], owner: ShapeItem | None) -> Item:
    if owner is None:
        raise ParameterError(f"There is no shape for {name} on the stage.", "Add a shape first.")
    fit(name, values, owner.shape)
    if "vectors" in values:
        vectors = Vectors(values["vectors"], values["on"], values["tangent"])
        on = vectors.place(owner.shape, name)
        return VectorsItem(label=name, owner=owner.id, values=vectors.values, on=on, tangent=vectors.tangent)
    if "points" in values:
        return CurvesItem(label=name, owner=owner.id, **values)
    if "times" in values:
        return FieldItem(label=name, owner=owner.id, **values)
    return ValuesItem(label=name, owner=owner.id, values=values["values"], names=(name,), style=_style(values))


def _style(values: dict[str, Any]) -> str:
    if values.get("colors"):
        return "color"
    finite = values["values"][np.isfinite(values["values"])]
    return "symmetric" if finite.size and finite.min() < 0 < finite.max() else "scalar"
