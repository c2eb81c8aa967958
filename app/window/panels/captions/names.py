"""Names under the shapes, and the part of the stage that captions leave free."""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.order import score
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import caption_of, world_points
from geomlearn.app.window.panels.captions.legends import BAR, legend_rows
from geomlearn.app.window.stage.camera import Projection, projection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

_AXIS, _SCALE_BAR = 44.0, 34.0
"""Pixels at scale 1 that the numbers of axes need on a side, and the scale bar below."""
_MOST_POINTS = 200
"""Of a shape, by which is told where it ends in the picture."""


def free_stage(scene: Scene, ui: Ui, stage: Rect) -> Rect:
    """The stage without what legend, names, scale bar and the numbers of axes take of it."""
    above = ui.px(BAR) * len(legend_rows(scene)) if scene.stage.legend else 0.0
    below = ui.px(20) if len([item for item in scene.of(ShapeItem) if item.visible]) > 1 else 0.0
    beside = ui.px(_AXIS) if scene.stage.axes else 0.0
    below += beside or ui.px(_SCALE_BAR) * scene.stage.scale_bar
    return Rect(stage.x + beside, stage.y + above, stage.w - 2 * beside, max(stage.h - above - below, ui.em))


def draw_names(scene: Scene, ui: Ui, stage: Rect, focus: str = "") -> None:
    """Each shape's name under it, once there are two; the one in focus in colour."""
    shapes = [item for item in scene.of(ShapeItem) if item.visible]
    if len(shapes) < 2 or scene.stage.layout != "row":
        return
    camera, lines = projection(), imgui.GetBackgroundDrawList()
    found = [(item, place) for item in shapes if (place := _foot(scene, item, camera)) is not None]
    feet = np.array([place for _, place in found]).reshape(-1, 2)
    for (item, (middle, foot)), room in zip(found, _room(feet, ui), strict=True):
        name = caption_of(scene, item)
        shown = _fitting(_scored(scene, item, name), room - ui.px(8))
        width = imgui.CalcTextSize(shown)[0]
        x, y = middle - width / 2, min(foot + ui.px(10), stage.bottom - ui.em - ui.px(4))
        if stage.contains(x, y) and stage.contains(x + width, y):
            color = ui.theme.link if item.id == focus else ui.theme.faint
            lines.AddText((x, y), imgui.GetColorU32((*color, 1.0)), shown)
            ui.record(f"name {name}", Rect(x, y, width, ui.em))


def _foot(scene: Scene, item: ShapeItem, camera: Projection) -> tuple[float, float] | None:
    """The middle and the lower end of a shape in the picture; None where it is not before the eye."""
    step = max(1, item.shape.n_vertices // _MOST_POINTS)
    screen, depth = camera.to_screen(world_points(scene, item, slice(None, None, step)))
    if len(screen) == 0 or depth.min() <= 0:
        return None
    return float(screen[:, 0].min() + screen[:, 0].max()) / 2, float(screen[:, 1].max())


def _room(feet: np.ndarray, ui: Ui) -> np.ndarray:
    """(m,) how far from each of the feet (m, 2) the nearest other one is that a name beside it could touch."""
    across, above = np.abs(feet[:, None] - feet[None]).transpose(2, 0, 1)
    return np.where((above < 2 * ui.em) & (across > 0), across, np.inf).min(axis=1, initial=np.inf)


def _scored(scene: Scene, item: ShapeItem, name: str) -> str:
    """The name, and before it the number by which the stage is ordered."""
    number = score(scene, item)
    return name if number is None else f"{number:.4g} · {name}"


def _fitting(text: str, width: float) -> str:
    """The text cut at the end so that it fits in so many pixels."""
    if imgui.CalcTextSize(text)[0] <= width:
        return text
    while len(text) > 1 and imgui.CalcTextSize(text + "…")[0] > width:
        text = text[:-1]
    return text + "…"
