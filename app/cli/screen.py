"""The window at the end of a verb, where anybody can see one from here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from geomlearn.core.errors import DeviceError


def has_display() -> bool:
    """True on Windows and macOS, and elsewhere where X or Wayland is reachable."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def require_display(view: bool) -> None:
    """Refuse `--view` before any work is done, not after minutes of it.

    Raises
    ------
    DeviceError   the window was asked for, and there is no display.
    """
    if view and not has_display():
        raise DeviceError("--view needs a display, and there is none here.", "Leave it out; `render` needs no screen.")


def open_window(view: bool, files: Sequence[str | Path], lines: Sequence[str] = ()) -> None:
    """When asked to, open the window on files and stay until it is closed; `lines` set up what it shows."""
    if view:
        from geomlearn.app.window import view_files

        view_files([str(file) for file in files], lines=lines)
