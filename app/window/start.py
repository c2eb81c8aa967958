"""Puts the application together and opens it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from geomlearn.app.window.actions.standard import standard_actions
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk
from geomlearn.app.window.files.opening import open_paths, open_session
from geomlearn.app.window.files.ways import open_samples
from geomlearn.app.window.pictures.tour import write_pictures
from geomlearn.app.window.preferences import Preferences, load_preferences
from geomlearn.app.window.window import Window

DESKS = (
    "geomlearn.app.desks.spectrum.desk:SpectrumDesk",
    "geomlearn.app.desks.match.desk:MatchDesk",
    "geomlearn.app.desks.fields.desk:FieldsDesk",
    "geomlearn.app.desks.learn.desk:LearnDesk",
)
"""The desks in the order of their tabs."""


def make_application(preferences: Preferences | None = None) -> Application:
    """An application with all desks and actions, without a window."""
    app = Application(preferences or load_preferences(), [_desk(target) for target in DESKS])
    app.actions.add(standard_actions())
    return app


def start(paths: Sequence[str], *, session: str | None = None, lines: Sequence[str] = ()) -> int:
    """Open the window and stay until it is closed."""
    app = make_application()
    app.queue_lines(list(lines))
    try:
        # Workers start and read while the window is being made.
        if paths:
            open_paths(app, paths)
        elif not session:
            open_samples(app)
        app.runner.warm()
        window = Window(app)
    except BaseException:
        app.runner.close()
        raise
    if session:
        open_session(app, session)
    return window.run()


def write_tour(folder: str, paths: Sequence[str], scale: float) -> list[Path]:
    """Write pictures of every desk; without a screen where the system can."""
    app = make_application(Preferences())
    app.runner.warm()
    window = Window(app, backend="openGL3_egl" if sys.platform.startswith("linux") else "auto")
    try:
        return write_pictures(window, folder, paths, scale)
    finally:
        window.close()


def _desk(target: str) -> Desk:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)()
