"""Puts the application together and opens it."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geomlearn.app.window.actions.standard import standard_actions
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk
from geomlearn.app.window.files.autosave import Autosave, Left, left_behind, work_folder
from geomlearn.app.window.files.opening import continue_work, open_paths, open_session
from geomlearn.app.window.files.ways import open_samples
from geomlearn.app.window.guide.tour import begin_tour
from geomlearn.app.window.notices import Notice
from geomlearn.app.window.pictures.tour import write_pictures
from geomlearn.app.window.preferences import Preferences, load_preferences
from geomlearn.app.window.window import Window
from geomlearn.core.errors import GeomError

DESKS = (
    "geomlearn.app.desks.spectrum.desk:SpectrumDesk",
    "geomlearn.app.desks.match.desk:MatchDesk",
    "geomlearn.app.desks.fields.desk:FieldsDesk",
    "geomlearn.app.desks.sense.desk:SenseDesk",
    "geomlearn.app.desks.learn.desk:LearnDesk",
)
"""The desks in the order of their tabs."""
OFFERED = 3
"""So many works left in the middle are offered at a start."""


def make_application(preferences: Preferences | None = None) -> Application:
    """An application with all desks and actions, without a window."""
    app = Application(preferences or load_preferences(), [_desk(target) for target in DESKS])
    app.actions.add(standard_actions())
    return app


def start(paths: Sequence[str], *, session: str | None = None, lines: Sequence[str] = ()) -> int:
    """Open the window and stay until it is closed."""

    def begin(app: Application) -> None:
        app.queue_lines(lines)
        if session:
            open_session(app, session)
        if paths:
            open_paths(app, paths)
        elif not session:
            open_samples(app)

    return run(begin)


def run(begin: Callable[[Application], None]) -> int:
    """Open the window on what `begin` does, and stay until it is closed; work left in the middle is offered."""
    app = make_application()
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        # From Python; the command line has already seen to it that its end is an orderly one.
        signal.signal(signal.SIGTERM, _interrupted)
    try:
        # Workers start and read while the window is being made.
        begin(app)
        app.runner.warm()
        kept = _autosave(app)
        window = Window(app, autosave=kept)
        if not app.preferences.toured:
            begin_tour(app)
    except BaseException:
        app.runner.close()
        raise
    return window.run()


def write_tour(folder: str, paths: Sequence[str], scale: float) -> list[Path]:
    """Write pictures of every desk; without a screen where the system can. Nobody's habits or runs are touched."""
    with TemporaryDirectory(prefix="geomlearn-pictures-", ignore_cleanup_errors=True) as runs:
        app = make_application(Preferences())
        learn: Any = app.desks["learn"]
        learn.runs_below = Path(runs)
        app.runner.warm()
        window = Window(app, backend="openGL3_egl" if sys.platform.startswith("linux") else "auto", size=(1280, 800))
        try:
            return write_pictures(window, folder, paths, scale)
        finally:
            window.close()


def _autosave(app: Application) -> Autosave | None:
    """What keeps this window's work; and the offer to go on where another one stopped."""
    base = work_folder()
    left = left_behind(base)
    for one in left[:OFFERED]:
        _offer(app, one)
    try:
        return Autosave(base)
    except (OSError, GeomError) as error:
        what = f"Work in progress cannot be kept in {base}: {error}."
        app.notices.say(Notice(what, "Save the session yourself with Ctrl+S.", "warning"))
        return None


def _offer(app: Application, left: Left) -> None:
    minutes = left.age_s / 60
    ago = f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.0f} hours"
    ago = f"{left.age_s / 86400:.0f} days" if minutes > 48 * 60 else ago

    def go_on() -> None:
        if continue_work(app, left.folder / "session"):
            app.after_frame(lambda window: _taken_over(window, left))

    def forget() -> None:
        shutil.rmtree(left.folder, ignore_errors=True)

    what = f"A window ended {ago} ago before its work was saved."
    buttons = (("Continue where you were", go_on), ("Let it go", forget))
    app.notices.say(Notice(what, left.last_step, "question", buttons=buttons))


def _taken_over(window: Window, left: Left) -> None:
    """The old copy goes once the new one is on the disk."""
    window.keep()
    if window.autosave is not None and window.autosave.settle():
        shutil.rmtree(left.folder, ignore_errors=True)


def _interrupted(number: int, frame: object) -> None:
    """Another process asks us to end: as Ctrl-C does."""
    raise KeyboardInterrupt


def _desk(target: str) -> Desk:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)()
