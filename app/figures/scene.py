"""From what the window shows to a figure: the same shapes, colours, limits and direction of view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np

from geomlearn.app.figures.figure import Figure, Overlay, Panel, Values
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.arrows import Solid
from geomlearn.app.model.view.drawn import drawn_vertices
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.app.model.view.marks import Marks, arrow_picture, curve_marks, vector_marks
from geomlearn.app.model.view.place import caption_of, in_row, placements
from geomlearn.shapes.shape import Shape

_MOST_PANELS = 24


def figure_of(scene: Scene, size: tuple[int, int], toward: np.ndarray, *, transparent: bool = False) -> Figure:
    """A figure with one panel for each visible shape, from left to right.

    Parameters
    ----------
    size    (width, height) in pixels.
    toward  (3,) from the stage to the eye, in the axes of the window.
    transparent  see `Figure`.
    """
    shapes = [item for item in in_row(scene) if item.visible][:_MOST_PANELS]
    places = placements(scene)
    panels = tuple(_panel(scene, item, places[item.id], named=len(shapes) > 1) for item in shapes)
    return Figure(
        panels, size, "y", eye=(float(toward[0]), float(toward[1]), float(toward[2])), transparent=transparent
    )


def _panel(scene: Scene, item: ShapeItem, place: np.ndarray, *, named: bool) -> Panel:
    shown = picture(scene, item)
    caption = caption_of(scene, item) if named else ""
    # As it stands on the stage: upright, turned by hand, rebuilt from its modes.
    shape = item.shape.replace(vertices=drawn_vertices(scene, item) @ place[:3, :3].T, normals=None)
    over = tuple(_over(scene, item, place))
    if shown is None:
        return Panel(shape, colors=item.shape.colors, caption=caption, over=over)
    if shown.style == "color":
        return Panel(shape, colors=shown.values, caption=caption, over=over)
    values = Values(shown.values, shown.title, given=(*shown.limits, shown.colormap))
    return Panel(shape, values, caption=caption, over=over, frames=tuple(_frames(scene, item)))


def _frames(scene: Scene, item: ShapeItem) -> Iterator[Values]:
    """The moments of the field that colours a shape, for pages and films."""
    layer = item.layer
    source = scene.items.get(layer.source) if layer else None
    if layer is None or not isinstance(source, FieldItem) or layer.through or len(source.times) < 2:
        return
    first = source.component(layer.column) * len(source.times)
    for column in range(first, first + len(source.times)):
        shown = picture(scene, item.replace(layer=replace(layer, column=column)))
        if shown is not None:
            yield Values(shown.values, shown.title, given=(*shown.limits, shown.colormap))


def _over(scene: Scene, item: ShapeItem, place: np.ndarray) -> Iterator[Overlay]:
    """Arrows and curves on a shape."""
    for drawn in scene.children(item.id):
        if isinstance(drawn, VectorsItem) and drawn.visible:
            yield _overlay(vector_marks(scene, drawn, {item.id: place}), place, arrow_picture(scene, drawn))
        elif isinstance(drawn, CurvesItem) and drawn.visible:
            yield _overlay(curve_marks(scene, drawn, {item.id: place}), place, None)


def _overlay(marks: Marks, place: np.ndarray, shown: Picture | None) -> Overlay:
    solid = cast(Solid, marks.solid)
    shape = Shape(solid.vertices - place[:3, 3], solid.faces)
    if shown is None:
        return Overlay(shape, colors=marks.solid_colors)
    return Overlay(shape, Values(solid.lengths, shown.title, given=(*shown.limits, shown.colormap)))
