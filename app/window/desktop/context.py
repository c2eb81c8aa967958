"""Opening Polyscope's window: what it must not do by itself, where it stands, and why it cannot be opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polyscope as ps

from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.desktop.place import first_place, first_size
from geomlearn.app.window.doctor import ssaa_factor
from geomlearn.app.window.ui.colormaps import load_colormaps
from geomlearn.core.errors import DeviceError

if TYPE_CHECKING:
    from geomlearn.app.window.preferences import Preferences


def open_context(
    habits: Preferences,
    backend: str,
    size: tuple[int, int] | None,
    *,
    style: Callable[[], None],
    dropped: Callable[[list[str]], None],
) -> float:
    """Open the window as the last one was left; returns the scale of the interface that suits the screen.

    Parameters
    ----------
    size     of the window; None takes the one remembered, or one that fits the screen.
    style    called whenever the colours and sizes of panels are to be set.
    dropped  called with the paths of dropped files.

    Raises
    ------
    DeviceError   no window can be opened on this machine.
    """
    ps.set_program_name("geomlearn")
    ps.set_verbosity(0)
    ps.set_print_prefix("")
    ps.set_use_prefs_file(False)
    ps.set_errors_throw_exceptions(True)
    ps.set_display_message_popups(False)
    ps.set_warn_for_invalid_values(False)
    ps.set_frame_tick_limit_fps_mode("ignore_limits")
    ps.set_build_default_gui_panels(False)
    ps.set_open_imgui_window_for_user_callback(False)
    ps.set_configure_imgui_style_callback(style)
    ps.set_files_dropped_callback(dropped)
    if backend == "auto" and sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        # Asking Polyscope all the same ends in a crash when the interpreter leaves.
        raise DeviceError("No window can be opened here: there is no display.", _advice())
    screen = glfw.screen() if backend == "auto" and size is None else None
    size = size or first_size(habits.size, screen)
    ps.set_window_size(*size)
    try:
        ps.init(backend)
    except RuntimeError as error:
        raise DeviceError(f"No window can be opened here: {_plain(error)}.", _advice()) from None
    if at := first_place(habits.place, size, screen):
        glfw.move_to(*at)
    load_colormaps()
    ps.set_automatically_compute_scene_extents(False)
    ps.set_length_scale(1.0)
    ps.set_bounding_box(np.full(3, -0.5), np.full(3, 0.5))
    ps.set_ground_plane_height_mode("manual")
    ps.set_shadow_darkness(0.18)
    ps.set_SSAA_factor(ssaa_factor())
    return ps.get_ui_scale()


def _plain(error: Exception) -> str:
    return str(error).replace("[polyscope]", "").replace("[EXCEPTION]", "").strip().rstrip(".")


def _advice() -> str:
    if os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("DISPLAY"):
        return "The window needs XWayland. Every job also runs from the command line: see `geomlearn --help`."
    return "Without a screen use the command line: `geomlearn render`, `geomlearn --help`."
