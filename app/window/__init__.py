"""The desktop window: `view_files` opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene
    from geomlearn.app.window.application import Application


def view_files(paths: Sequence[str] = (), *, session: str | None = None, lines: Sequence[str] = ()) -> int:
    """Open the window on files, `builtin:NAME`s or a session, and return the exit code when it closes.

    Parameters
    ----------
    paths    what to open; none opens three built-in shapes.
    session  a session folder to open first.
    lines    command-language lines to run once everything is there.

    Raises
    ------
    DeviceError   no window can be opened on this machine.
    """
    from geomlearn.app.window.start import start

    return start(paths, session=session, lines=lines)


def serve_files(paths: Sequence[str] = (), *, lines: Sequence[str] = (), told: Callable[[str], object]) -> int:
    """Serve what `view_files` would show to a browser of this machine until Ctrl-C, and return the exit code.

    Parameters
    ----------
    told   gets the address, which holds a token that is new each time.

    Raises
    ------
    GeomError   something cannot be opened.
    """
    import webbrowser

    from geomlearn.app.cli.screen import has_display
    from geomlearn.app.window.browser import in_browser, stay

    with in_browser(paths, lines) as address:
        told(address)
        if has_display():
            webbrowser.open(address)
        stay()
    return 0


def show_scene(scene: Scene) -> int:
    """Open the window on a scene, and return the exit code when it closes.

    Raises
    ------
    DeviceError   no window can be opened on this machine.
    """
    from geomlearn.app.window.start import run

    def begin(app: Application) -> None:
        app.begin(scene, "Start")
        app.look("corner")

    return run(begin)


def picture_tour(folder: str, paths: Sequence[str] = (), *, scale: float = 1.0) -> list[Path]:
    """Write a picture of every desk and page into a folder, in both themes and at two sizes; no screen is needed.

    Parameters
    ----------
    paths   shapes to show; none takes the built-in ones.
    scale   of the interface, 0.75 to 3.

    Raises
    ------
    DeviceError   nothing on this machine can draw.
    GeomError     a job did not end in time, or the folder cannot be written.
    """
    from geomlearn.app.window.start import write_tour

    return write_tour(folder, paths, scale)
