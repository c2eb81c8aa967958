"""Parts of a shape and costs on it, in words: a formula in x, y, z, or a polygon in two of them."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene, unique
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape

_POLYGON = re.compile(r"\s*([xyz])([xyz])\s*:(.*)", re.DOTALL)


def on_vertices(where: str, shape: Shape) -> np.ndarray:
    """(n,) what a formula gives each vertex; of a polygon such as "xy: 0,0 1,0 1,1", 1 inside and 0 outside.

    Raises
    ------
    ParameterError   the text is neither.
    """
    from geomlearn.operators.fields.expression import evaluate
    from geomlearn.sensing.placement.constraints import polygon_region

    polygon = _POLYGON.fullmatch(where)
    if polygon is None:
        return np.broadcast_to(np.asarray(evaluate(where, shape.vertices), float), (shape.n_vertices,))
    axes = ["xyz".index(axis) for axis in polygon.groups()[:2]]
    return polygon_region(shape.vertices[:, axes], _corners(polygon[3])).astype(float)


def _corners(text: str) -> np.ndarray:
    try:
        corners = np.array([[float(number) for number in pair.split(",")] for pair in text.split()])
    except ValueError:
        corners = np.zeros((0, 2))
    if corners.shape[0] < 3 or corners.shape[1:] != (2,) or not np.isfinite(corners).all():
        raise ParameterError(
            f"{text.strip()!r} is no polygon.", "Write three corners or more, such as 'xy: 0,0 1,0 1,1'."
        )
    return corners


def part_of(scene: Scene, shape: ShapeItem, where: str) -> SelectionItem:
    """The vertices where a formula is positive, or in a polygon, as a selection.

    Raises
    ------
    ParameterError   the text is neither, or no vertex lies there.
    """
    indices = np.flatnonzero(on_vertices(where, shape.shape) > 0)
    if not len(indices):
        raise ParameterError(f"No vertex of {shape.label} lies where {where.strip()}.", "Look at its coordinates.")
    label = unique(f"{shape.label} · {where.strip()}", (item.label for item in scene))
    return SelectionItem(label=label, owner=shape.id, indices=tuple(indices.tolist()))


# What copied Python calls


def show_part(scene: Scene, where: str, *, on: str) -> Scene:
    """The scene with a part of the shape called `on`."""
    return scene.put([part_of(scene, scene.by_label(on), where)])
