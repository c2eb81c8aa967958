"""Whether anybody can see a window from here."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """True on Windows and macOS, and elsewhere where X or Wayland is reachable."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
