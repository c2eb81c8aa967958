"""The stage in a browser: what the window would open, to be looked at and played, with no window and no display."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from geomlearn.app.figures.camera import toward_eye
from geomlearn.app.figures.pages.page import page_of
from geomlearn.app.figures.pages.serve import served
from geomlearn.app.figures.scene import figure_of
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.application import Application
from geomlearn.app.window.files.opening import open_paths
from geomlearn.app.window.files.ways import open_samples
from geomlearn.app.window.preferences import Preferences
from geomlearn.app.window.start import make_application
from geomlearn.core.errors import GeomError, ParameterError


def stage_of(paths: Sequence[str], lines: Sequence[str] = ()) -> Scene:
    """The scene that the window makes of these files, sessions and lines; none opens the built-in shapes.

    Raises
    ------
    GeomError   one of them cannot be opened; the sentence is that of the window.
    """
    app = make_application(Preferences())
    try:
        app.queue_lines(lines)
        if paths:
            open_paths(app, list(paths))
        else:
            open_samples(app)
        _until_open(app)
    finally:
        app.runner.close()
    failed = [notice for notice in app.notices.log if notice.kind == "error"]
    if failed:
        raise GeomError(failed[0].message, failed[0].hint)
    if not any(item.visible for item in app.scene.of(ShapeItem)):
        raise ParameterError("There is no shape to show.", "Give the file of one.")
    return app.scene


@contextmanager
def in_browser(paths: Sequence[str], lines: Sequence[str] = ()) -> Any:
    """The address of the stage while the block lasts, see `served`.

    Raises
    ------
    GeomError   as `stage_of`.
    """
    page = page_of(figure_of(stage_of(paths, lines), (1600, 1200), toward_eye("y")))
    with served(page) as address:
        yield address


def stay() -> None:
    """Until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _until_open(app: Application) -> None:
    """What a window does between its frames, without the frames."""
    while True:
        app.runner.poll()
        waiting = app.take_work()
        for one in waiting:
            # Only what opens files is asked for here, which needs no window.
            one(cast(Any, None))
        app.run_lines()
        if not (app.busy() or waiting):
            return
        app.runner.rest(0.02)
