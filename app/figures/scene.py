"""From what the window shows to a figure: the same shapes, colours, limits and direction of view."""

from __future__ import annotations

import numpy as np

from app.figures.figure import Figure, Panel, Values
from app.model.items import ShapeItem
from app.model.scene import Scene
from app.model.view.layers import picture
from app.model.view.place import caption_of, in_row, world_axes

_MOST_PANELS = 6


def figure_of(scene: Scene, size: tuple[int, int], toward: np.ndarray) -> Figure:
    """A figure with one panel for each visible shape, from left to right.

    Parameters
    ----------
    size    (width, height) in pixels.
    toward  (3,) from the stage to the eye, in the axes of the window.
    """
    shapes = [item for item in in_row(scene) if item.visible][:_MOST_PANELS]
    eye = world_axes(scene.stage.up).T @ toward
    panels = tuple(_panel(scene, item, named=len(shapes) > 1) for item in shapes)
    return Figure(panels, size, scene.stage.up, eye=tuple(map(float, eye)))


def _panel(scene: Scene, item: ShapeItem, *, named: bool) -> Panel:
    shown = picture(scene, item)
    caption = caption_of(scene, item) if named else ""
    if shown is None:
        return Panel(item.shape, colors=item.shape.colors, caption=caption)
    if shown.style == "color":
        return Panel(item.shape, colors=shown.values, caption=caption)
    values = Values(shown.values, shown.title, given=(*shown.limits, shown.colormap))
    return Panel(item.shape, values, caption=caption)
