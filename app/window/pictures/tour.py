"""A walk through every desk and page with a picture of each, so that a person can look at all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.files.opening import open_paths
from geomlearn.app.window.files.ways import SAMPLES
from geomlearn.app.window.stage.camera import resize
from geomlearn.app.window.window import Window
from geomlearn.core.errors import GeomError

SIZES = ((1280, 800), (2560, 1440))
THEMES = ("light", "dark")
PATIENCE_S = 300.0
WORKED = ("spectrum", "match", "fields", "sense")
"""Desks whose main button is pressed: training takes longer than a person waits for pictures."""
PAGES = ("fields.ask", "fields.inspect")
"""Actions that open a page inside a desk and fill it."""
OVERLAYS = ("search", "keys", "path", "save", "doctor", "picture", "quit")
Stop = tuple[str, Callable[[], object]]


def write_pictures(window: Window, folder: str | Path, files: Sequence[str] = (), scale: float = 1.0) -> list[Path]:
    """Walk through the window and write a PNG of every stop, in both themes and at two sizes.

    Parameters
    ----------
    files   shapes to show, the second like the first in another pose; none takes the built-in ones.
    scale   of the interface, 0.75 to 3.

    Raises
    ------
    GeomError   a job did not end in time, or the folder cannot be written.
    """
    folder = Path(folder).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GeomError(f"{folder} cannot be written: {error.strerror}.", "Choose another folder.") from None
    app = window.app
    app.preferences.change(scale=scale)
    paths = []
    for name, prepare in _stops(app, tuple(files) or SAMPLES):
        prepare()
        _settle(window)
        for theme in THEMES:
            for size in SIZES:
                app.preferences.change(theme=theme)
                paths.append(folder / f"{name}-{theme}-{size[0]}x{size[1]}.png")
                Image.fromarray(_picture(window, size)).save(paths[-1])
        app.close_page()
    return paths


def _stops(app: Application, files: Sequence[str]) -> Iterator[Stop]:
    """Name of each picture, and what makes the window look so."""
    walk: list[Stop] = [
        ("empty", lambda: None),
        ("opened", lambda: open_paths(app, files)),
        ("match-before", lambda: app.show_desk("match")),
        *((key, lambda key=key: _work(app, key)) for key in app.desks),
        *((action.replace(".", "-"), lambda action=action: _page(app, action)) for action in PAGES),
        *((page, lambda page=page: app.open_page(page)) for page in OVERLAYS),
        ("failure", lambda: open_paths(app, ["no such file.off"])),
        ("no-panels", lambda: app.run("view.panels")),
    ]
    for number, (name, prepare) in enumerate(walk, 1):
        yield f"{number:02}-{name}", prepare


def _work(app: Application, key: str) -> None:
    """Open a desk and do what its main button does, where that takes no longer than a person waits."""
    app.show_desk(key)
    app.focus_on(app.scene.of(ShapeItem)[0].id)
    if key in WORKED:
        app.run(f"{key}.compute")


def _page(app: Application, action: str) -> None:
    """Do what fills a page of a desk, on the first shape."""
    app.show_desk(action.partition(".")[0])
    app.focus_on(app.scene.of(ShapeItem)[0].id)
    app.run(action)


def _settle(window: Window) -> None:
    """Until no job runs and the news are gone."""
    start = time.monotonic()
    window.tick()
    while window.app.runner.active:
        if time.monotonic() - start > PATIENCE_S:
            raise GeomError(f"{window.app.runner.active[0].title} took too long.", "Give smaller files.")
        window.tick()
        # The jobs need the processor more than the pictures between.
        time.sleep(0.05)
    window.tick()
    window.app.notices.shown = [notice for notice in window.app.notices.shown if notice.kind != "news"]


def _picture(window: Window, size: tuple[int, int]):
    resize(*size)
    window.app.look("same")
    # The first frame takes the size, the second lays out, the third scrolls to where the layout says.
    for _ in range(4):
        window.tick()
    return window.picture()
