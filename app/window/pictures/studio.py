"""Pictures and movies of the stage at any size, with or without its background.

Where Polyscope draws without a screen (Linux), they are made in a worker by a window of its own that nobody sees, so
that the person's window neither waits nor changes its size. Elsewhere the window itself poses between two frames.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import atan, degrees, radians, tan
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import polyscope as ps

from geomlearn.app.model.items import Item, ShapeItem
from geomlearn.app.model.scene import Scene, Stage
from geomlearn.app.model.view.place import framed_points
from geomlearn.app.window.doctor import is_software
from geomlearn.app.window.panels.captions.axes import draw_axes
from geomlearn.app.window.panels.captions.legends import draw_legends
from geomlearn.app.window.panels.captions.names import draw_names, free_stage
from geomlearn.app.window.panels.captions.scale_bar import draw_scale_bar
from geomlearn.app.window.stage.camera import frame, half_height, is_flat, resize, set_camera, set_half_height
from geomlearn.app.window.stage.mirror import background
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path

if TYPE_CHECKING:
    from PIL import Image

    from geomlearn.app.window.window import Window

PICTURES = (".png", ".jpg", ".tif")
SMOOTH = 2
"""Each pixel of a picture is the mean of so many by so many, where that takes no more than `MOST_PIXELS`."""
MOST_PIXELS = 40_000_000
_MARKS = ("match", "landmarks", "selection", "sensors", "vectors", "curves", "distance", "probes")
"""Kinds that are drawn beside the shapes they belong to."""
_HEIGHT = 760.0
"""A picture so many pixels high has letters of the size they have on screen at scale 1."""


@dataclass(frozen=True, eq=False)
class Shot:
    """What a picture shows; it can be sent to another process.

    Attributes
    ----------
    items, stage  of the scene, only what is seen.
    camera        as the text Polyscope gives for it.
    size          (width, height) in pixels.
    seen          the part of a window (x, y, width, height) that the picture shows, and that window's size (w, h);
                  None fits the shapes into the picture.
    transparent   no background; formats without transparency get the stage's colour.
    words         whether the legend and the names are in it.
    theme         name of the theme.
    """

    items: tuple[Item, ...]
    stage: Stage
    camera: str
    size: tuple[int, int]
    seen: tuple[tuple[float, float, float, float], tuple[int, int]] | None = None
    transparent: bool = False
    words: bool = True
    theme: str = "light"

    @property
    def scene(self) -> Scene:
        return Scene(MappingProxyType({item.id: item for item in self.items}), self.stage)


def shot_of(
    window: Window, size: tuple[int, int], *, fit: bool = True, transparent: bool = False, words: bool = True
) -> Shot:
    """The shot of what a window shows now."""
    app, stage = window.app, window.layout().stage
    seen = None if fit else ((stage.x, stage.y, stage.w, stage.h), tuple(ps.get_window_size()))
    scene = app.scene if words else app.scene.with_stage(legend=False)
    items, camera = seen_items(scene), ps.get_view_as_json()
    return Shot(items, scene.stage, camera, size, seen, transparent, words, app.theme.name)


def seen_items(scene: Scene) -> tuple[Item, ...]:
    """What the picture of a scene depends on, parents first: visible shapes, what colours them, marks on them."""
    shapes = [item for item in scene.of(ShapeItem) if item.visible]
    wanted = {shape.id for shape in shapes}
    for one in shapes:
        wanted |= {one.rebuilt_from, one.model, one.twin_of} | ({one.layer.source} if one.layer else set())
    families = {getattr(scene.items.get(key), "link", "") for key in wanted} - {""}
    for item in scene:
        marks = item.kind in _MARKS and item.visible and set(item.parents) <= wanted
        if marks or getattr(item, "link", "") in families:
            wanted.add(item.id)
    for item in reversed(list(scene)):
        if item.id in wanted:
            wanted |= set(item.parents)
    # Copies without what the originals have cached: not all of that can be sent to another process.
    return tuple(item.replace() for item in scene if item.id in wanted)


class Studio:
    """A window lent to pictures: inside the block it has their size and camera, and shows no panels.

    Parameters
    ----------
    window  between two of its frames.
    """

    def __init__(self, window: Window, shot: Shot) -> None:
        self.window = window
        self.shot = shot
        # Where the processor draws, the window has no smooth edges: a picture is drawn larger and reduced.
        small = shot.size[0] * shot.size[1] * SMOOTH**2 <= MOST_PIXELS
        self.factor = SMOOTH if window.is_hidden and is_software() and small else 1

    def __enter__(self) -> Studio:
        window, shot = self.window, self.shot
        self._was = tuple(ps.get_window_size()), ps.get_view_as_json(), ps.get_ui_scale(), window.mirror.scene
        # The window's own bounds stay: a shadow that jumps with the size of a bounding box is no picture of the stage.
        window.show(shot.scene)
        drawn = tuple(side * self.factor for side in shot.size)
        resize(*drawn)
        if tuple(ps.get_window_size()) != drawn:
            self.__exit__()
            width, height = self._was[0]
            raise GeomError(
                f"This screen does not allow a picture of {shot.size[0]} × {shot.size[1]}.",
                f"Ask for at most {width} × {height}, or for a figure.",
            )
        scale = drawn[1] / _HEIGHT
        ps.set_ui_scale(scale)
        self.ui = Ui(window.theme, scale)
        self._aim()
        return self

    def __exit__(self, *_: object) -> None:
        window = self.window
        size, camera, scale, scene = self._was
        window.instead = None
        resize(*size)
        ps.set_ui_scale(scale)
        ps.set_background_color((*background(window.theme.stage), 1.0))
        set_camera(camera)
        if scene is not None:
            window.show(scene)

    def take(self, scene: Scene) -> np.ndarray:
        """(h, w, 4) uint8: the picture of `scene`."""
        width, height = ps.get_window_size()
        whole = Rect(0, 0, width, height)

        def over_it() -> None:
            self.ui.begin_frame()
            draw_legends(scene, self.ui, whole, ground=False)
            draw_names(scene, self.ui, whole)
            first = next((shape for shape in scene.shapes if shape.visible), None)
            draw_axes(scene, self.ui, whole, first)
            draw_scale_bar(scene, self.ui, whole, first)

        self.window.instead = over_it if self.shot.words else lambda: None
        self.window.show(scene)
        ps.set_background_color((*background(self.window.theme.stage), 0.0 if self.shot.transparent else 1.0))
        picture = ps.screenshot_to_buffer(transparent_bg=self.shot.transparent, include_UI=self.shot.words)
        return picture if self.factor == 1 else reduced(picture, self.factor)

    def _aim(self) -> None:
        shot = self.shot
        width, height = ps.get_window_size()
        set_camera(shot.camera)
        if shot.seen is None:
            whole = Rect(0, 0, width, height)
            frame(framed_points(shot.scene), free_stage(shot.scene, self.ui, whole) if shot.words else whole)
            return
        (x, y, w, h), (window_w, window_h) = shot.seen
        camera = ps.get_view_camera_parameters()
        flat_view = is_flat()
        half = half_height() if flat_view else tan(radians(camera.get_fov_vertical_deg()) / 2)
        eye, look, up, right = (np.asarray(part) for part in (camera.get_position(), *camera.get_camera_frame()))
        # The part seen was off the middle: the eye steps aside as far as that is at the depth of the scene.
        depth = max(float((framed_points(shot.scene).mean(axis=0) - eye) @ look), 1e-3)
        pixel = 2 * half * (1.0 if flat_view else depth) / window_h
        step = pixel * ((x + w / 2 - window_w / 2) * right - (y + h / 2 - window_h / 2) * up)
        # What was seen stays seen, whatever the proportions of the picture.
        shown = half * h / window_h * max(1.0, (w / h) / (width / height))
        ps.look_at_dir(eye + step, eye + step + depth * look, up)
        if flat_view:
            set_half_height(shown)
        else:
            ps.set_vertical_fov_degrees(degrees(2 * atan(shown)))


def reduced(picture: np.ndarray, factor: int) -> np.ndarray:
    """(h, w, 4) uint8 from (factor h, factor w, 4): the mean of each block, its colour that of what is not clear."""
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    blocks = picture.reshape(height, factor, width, factor, 4).astype(np.float32)
    alpha = blocks[..., 3:]
    covered = alpha.sum(axis=(1, 3))
    color = (blocks[..., :3] * alpha).sum(axis=(1, 3)) / np.maximum(covered, 1.0)
    return np.concatenate([color, covered / factor**2], axis=2).round().astype(np.uint8)


def can_hide() -> bool:
    """Whether a worker can draw in a window that nobody sees."""
    return sys.platform.startswith("linux")


def write_picture(path: Path, shot: Shot, *, window: Window, force: bool = False) -> Path:
    """Draw a shot and write it; the suffix chooses the format.

    Parameters
    ----------
    window   the one that poses, between two of its frames.

    Raises
    ------
    DeviceError   nothing here can draw.
    GeomError     the file exists and `force` is false, or the screen is too small for the picture.
    """
    from PIL import Image

    with Studio(window, shot) as studio:
        picture = Image.fromarray(studio.take(shot.scene))
    if not shot.transparent or path.suffix.lower() not in (".png", ".tif"):
        picture = flat(picture, window.theme.stage)
    with atomic_path(path, force=force) as temporary:
        picture.save(temporary, dpi=(300, 300))
    return path


def flat(picture: Image.Image, background: tuple[float, float, float]) -> Image.Image:
    """The picture on a background, without transparency."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, (*(round(255 * part) for part in background), 255))
    return Image.alpha_composite(ground, picture).convert("RGB")
