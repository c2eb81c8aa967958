"""In which order shapes stand on the stage: as they came, by a property of theirs, or by a score."""

from __future__ import annotations

import math

import numpy as np

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.layers import picture

ORDERS = {
    "": "as they came",
    "name": "by name",
    "vertices": "fewest vertices first",
    "area": "smallest area first",
    "value": "lowest mean value first",
    "-value": "highest mean value first",
    "-error": "worst matched first",
}
"""What people can choose, and its words; a minus turns an order round."""


def score(scene: Scene, shape: ShapeItem) -> float | None:
    """The number by which the stage is ordered; None where it has no such number, or is ordered by none."""
    word = scene.stage.order.lstrip("-")
    if word == "vertices":
        return float(shape.shape.n_vertices)
    if word == "area":
        return shape.shape.area
    if word == "value":
        shown = picture(scene, shape)
        finite = (
            shown.values[np.isfinite(shown.values)] if shown is not None and shown.values.ndim == 1 else np.zeros(0)
        )
        return float(finite.mean()) if finite.size else None
    if word == "error":
        found = [one.mean_error(shape.source) for one in scene.of(CollectionItem)]
        return next((error for error in found if math.isfinite(error)), None)
    return None


def ordered(scene: Scene) -> tuple[ShapeItem, ...]:
    """The shapes in their own right in the order of the stage; those without a score come last."""
    shapes, order = scene.shapes, scene.stage.order
    if order.lstrip("-") == "name":
        return tuple(sorted(shapes, key=lambda shape: shape.label.lower(), reverse=order.startswith("-")))
    if order not in ORDERS or not order:
        return shapes
    sign = -1.0 if order.startswith("-") else 1.0

    def place(shape: ShapeItem) -> float:
        number = score(scene, shape)
        return math.inf if number is None else sign * number

    return tuple(sorted(shapes, key=place))
