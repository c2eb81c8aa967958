"""The desktop window: `view_files` opens it."""

from __future__ import annotations

from collections.abc import Sequence


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
    from app.window.start import start

    return start(paths, session=session, lines=lines)
