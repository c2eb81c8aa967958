"""The page that writes what is on the stage: as a picture, a figure for print, a movie, or a page to turn it in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polyscope as ps

from geomlearn.app.figures.child import PICTURES as FIGURES
from geomlearn.app.figures.child import SCENES
from geomlearn.app.figures.films.encode import film_suffixes
from geomlearn.app.figures.scene import figure_of
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.panels.timeline import moving
from geomlearn.app.window.pictures.movies import write_movie
from geomlearn.app.window.pictures.studio import PICTURES, can_hide, shot_of, write_picture
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError

KINDS = {"picture": "Picture", "figure": "Figure", "movie": "Movie", "page": "Web page"}
SIZES = ("1280 × 720", "1920 × 1080", "2400 × 2400", "3840 × 2160")
MOST_PIXELS = 8192
_WHAT = {
    "picture": "What the stage shows, with its legend, by the same renderer.",
    "figure": "For print: one panel for each shape, each with its own scale. Text stays sharp in svg and pdf.",
    "movie": "Every moment of the fields on the stage.",
    "page": "A file for any browser, in which the shapes can be turned; or a .glb scene for other programs.",
}


class PictureBox(ExportBox):
    """An export box whose content is what the window shows at the moment of writing.

    Parameters
    ----------
    content   gets the window between two frames; returns what the writer gets after the path.
    """

    def __init__(
        self, kind: str, target: str, suffixes: Sequence[str], content: Callable[[Any], tuple[Any, ...]], lane: str
    ) -> None:
        super().__init__(kind, target, suffixes, lane=lane)
        self._content = content

    def send(
        self,
        app: Application,
        path: Path,
        args: Sequence[Any],
        options: Mapping[str, Any],
        written: Callable[[Any], None],
    ) -> None:
        app.close_page()
        app.after_frame(lambda window: self._write(app, window, path, options, written))

    def _write(self, app: Application, window: Any, path: Path, options: Mapping[str, Any], written: Any) -> None:
        args = self._content(window)
        if self.lane != "pictures" or can_hide():
            app.submit(f"Write {path.name}", self.target, path, *args, **options, lane=self.lane, on_result=written)
            return
        write = write_movie if self.kind == "movie" else write_picture
        written(write(path, *args, **options, window=window))


class PicturePage:
    """Its choices stay while the window is open."""

    def __init__(self) -> None:
        self.kind = "picture"
        self.size = "1920 × 1080"
        self.fit = True
        self.words = True
        self.transparent = False
        self.frames_per_s = 20
        self.boxes = {
            "picture": PictureBox(
                "picture", "geomlearn.app.window.pictures.hidden:write_picture", PICTURES, self._shot, "pictures"
            ),
            "figure": PictureBox("figure", "geomlearn.app.figures.child:write_figure", FIGURES, self._figure, "files"),
            "movie": PictureBox(
                "movie", "geomlearn.app.window.pictures.hidden:write_movie", film_suffixes(), self._movie, "pictures"
            ),
            "page": PictureBox("page", "geomlearn.app.figures.child:write_figure", SCENES, self._figure, "files"),
        }

    def draw(self, app: Application, ui: Ui) -> None:
        """The page."""
        ui.heading("Save what is on the stage")
        self.kind = ui.choice("kind", list(KINDS), self.kind, list(KINDS.values()))
        ui.faint(_WHAT[self.kind])
        self._draw_size(ui)
        if self.kind in ("picture", "movie"):
            _, self.fit = ui.checkbox("Fit the shapes", self.fit, tip="Off: exactly the part of the stage seen now.")
            ui.same_line(14)
            _, self.words = ui.checkbox("Legend and names", self.words)
        if self.kind in ("picture", "figure"):
            if self.kind == "picture":
                ui.same_line(14)
            _, self.transparent = ui.checkbox("Transparent", self.transparent, tip="png and tif have no background.")
        if self.kind == "movie":
            self._draw_rate(app, ui)
        ui.gap(2)
        self.boxes[self.kind].draw(app, ui, _stem(app), (), reason=self.missing(app))
        ui.same_line()
        if ui.button("Close", "close"):
            app.close_page()

    def missing(self, app: Application) -> str:
        """Why nothing can be written now, as a sentence, or nothing."""
        if not any(item.visible for item in app.scene.of(ShapeItem)):
            return "There is no visible shape on the stage."
        if self.kind == "movie" and moving(app) is None:
            return "Nothing on the stage moves. Solve an equation in time first."
        try:
            pixels(self.size)
        except ParameterError as error:
            return f"{error.message} {error.hint}"
        return ""

    def _draw_size(self, ui: Ui) -> None:
        if self.kind == "page":
            return
        _, self.size = ui.input_text("Size in pixels", self.size)
        for size in SIZES:
            if ui.link(size):
                self.size = size
            if size != SIZES[-1]:
                ui.same_line(10)

    def _draw_rate(self, app: Application, ui: Ui) -> None:
        _, self.frames_per_s = ui.slider_int("Frames per second", self.frames_per_s, 1, 60)
        field = moving(app)
        if field is not None:
            ui.faint(f"{len(field.times)} frames, {len(field.times) / self.frames_per_s:.1f} s")
        if ".mp4" not in self.boxes["movie"].suffixes:
            ui.faint('mp4 needs ffmpeg, which is not installed (pip install "geomlearn[film]").')

    def _shot(self, window: Any) -> tuple[Any, ...]:
        shot = shot_of(
            window, pixels(self.size), fit=self.fit, transparent=self.transparent and self.kind == "picture",
            words=self.words,
        )  # fmt: skip
        return (shot,)

    def _movie(self, window: Any) -> tuple[Any, ...]:
        times = tuple(float(time) for time in moving(window.app).times)
        return (*self._shot(window), times, float(self.frames_per_s))

    def _figure(self, window: Any) -> tuple[Any, ...]:
        toward = -np.asarray(ps.get_view_camera_parameters().get_look_dir(), float)
        size = (1600, 1200) if self.kind == "page" else pixels(self.size)
        return (figure_of(window.app.scene, size, toward, transparent=self.transparent and self.kind == "figure"),)


def pixels(text: str) -> tuple[int, int]:
    """Width and height from "1920 × 1080" or "1920x1080".

    Raises
    ------
    ParameterError   it is no size, or too small or large.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×*, ]\s*(\d{1,6})\s*", text)
    if match is None:
        raise ParameterError(f"{text!r} is not a size.", "Write width × height, such as 1920 × 1080.")
    size = int(match[1]), int(match[2])
    if not all(64 <= side <= MOST_PIXELS for side in size):
        raise ParameterError(f"{size[0]} × {size[1]} is out of range.", f"Each side takes 64 to {MOST_PIXELS} pixels.")
    return size


def _stem(app: Application) -> str:
    from geomlearn.app.model.results import identifier

    shape = app.shape
    return identifier(shape.label) if shape is not None else "stage"
