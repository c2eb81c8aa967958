"""From what the window shows to a figure: the same shapes, colours, limits and direction of view."""

from __future__ import annotations

import numpy as np

from geomlearn.app.figures.figure import Figure, Panel, Values
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.drawn import drawn_vertices
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import caption_of, in_row, placements

_MOST_PANELS = 6


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
    if shown is None:
        return Panel(shape, colors=item.shape.colors, caption=caption)
    if shown.style == "color":
        return Panel(shape, colors=shown.values, caption=caption)
    values = Values(shown.values, shown.title, given=(*shown.limits, shown.colormap))
    return Panel(shape, values, caption=caption)
