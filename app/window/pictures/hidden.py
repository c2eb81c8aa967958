"""Pictures and movies by a window that nobody sees, in a process without another."""

from __future__ import annotations

from pathlib import Path

from geomlearn.app.window.application import Application
from geomlearn.app.window.pictures import movies, studio
from geomlearn.app.window.pictures.studio import Shot
from geomlearn.app.window.preferences import Preferences
from geomlearn.app.window.window import Window
from geomlearn.core.progress import SILENT, Progress

_window: Window | None = None


def write_picture(path: Path, shot: Shot, *, force: bool = False) -> Path:
    """Draw a shot and write it, as `studio.write_picture` does."""
    return studio.write_picture(path, shot, window=hidden_window(shot), force=force)


def write_movie(
    path: Path,
    shot: Shot,
    times: tuple[float, ...],
    frames_per_s: float = 20.0,
    *,
    force: bool = False,
    progress: Progress = SILENT,
) -> Path:
    """Draw the fields of a shot at every time and write the frames, as `movies.write_movie` does."""
    window = hidden_window(shot)
    return movies.write_movie(path, shot, times, frames_per_s, window=window, force=force, progress=progress)


def hidden_window(shot: Shot) -> Window:
    """This process's window without a screen, in the theme of the shot.

    Raises
    ------
    DeviceError   nothing here can draw.
    """
    global _window
    if _window is None:
        app = Application(Preferences(theme=shot.theme))
        # It never runs a job, and nobody would clear up after it.
        app.runner.close()
        _window = Window(app, backend="openGL3_egl", size=shot.size)
    if _window.app.preferences.theme != shot.theme:
        _window.app.preferences.change(theme=shot.theme)
        _window.mirror.set_theme(_window.theme)
    return _window
