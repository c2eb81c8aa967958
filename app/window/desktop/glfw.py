"""What GLFW knows and Polyscope does not hand on: waiting for events, the screen, the place of the window.

Polyscope carries GLFW inside its library and exports it. Where it does not, or draws without a window, every function
here says that there is nothing: `None`, `False`.
"""

from __future__ import annotations

import ctypes
import time
from functools import cache

from geomlearn.app.window.ui.layout import Rect


@cache
def _library() -> ctypes.CDLL | None:
    import polyscope_bindings

    try:
        library = ctypes.CDLL(polyscope_bindings.__file__)
        library.glfwGetCurrentContext.restype = ctypes.c_void_p
        library.glfwGetPrimaryMonitor.restype = ctypes.c_void_p
        library.glfwWaitEventsTimeout.argtypes = (ctypes.c_double,)
        library.glfwSetWindowPos.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
        library.glfwGetWindowPos.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_int)] * 2)
        library.glfwGetWindowSize.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_int)] * 2)
        library.glfwSetWindowMonitor.argtypes = (ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 5)
        library.glfwGetMonitorWorkarea.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_int)] * 4)
    except (OSError, AttributeError):
        return None
    return library


def _window() -> int | None:
    library = _library()
    return library.glfwGetCurrentContext() if library is not None else None


def screen() -> Rect | None:
    """The part of the main screen that windows may take; may be asked before there is a window."""
    library = _library()
    if library is None or not library.glfwInit():
        return None
    monitor = library.glfwGetPrimaryMonitor()
    if not monitor:
        return None
    numbers = [ctypes.c_int() for _ in range(4)]
    library.glfwGetMonitorWorkarea(monitor, *map(ctypes.byref, numbers))
    x, y, width, height = (number.value for number in numbers)
    return Rect(x, y, width, height) if width > 0 and height > 0 else None


def wait_for_events(seconds: float) -> bool | None:
    """Sleep until something happens to the window, at most so long; whether something did, None: cannot be told."""
    library = _library()
    if library is None or not _window():
        return None
    began = time.monotonic()
    library.glfwWaitEventsTimeout(seconds)
    return time.monotonic() - began < seconds - 1e-3


def interrupt() -> None:
    """End a `wait_for_events` from any thread."""
    library = _library()
    if library is not None:
        library.glfwPostEmptyEvent()


def place() -> tuple[int, int] | None:
    """Where the upper left corner of the window's inside is on the desktop."""
    window = _window()
    if not window:
        return None
    x, y = ctypes.c_int(), ctypes.c_int()
    _library().glfwGetWindowPos(window, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value


def move_to(x: int, y: int) -> None:
    """Put the window there."""
    window = _window()
    if window:
        _library().glfwSetWindowPos(window, x, y)


_before_full: list[int] = []
"""Place and size of the window before it filled the screen."""


def is_full() -> bool:
    """Whether the window fills the screen."""
    return bool(_before_full)


def full_screen(wanted: bool) -> None:
    """Let the window fill the main screen, or give it its former place and size."""
    window, library = _window(), _library()
    if not window or wanted == is_full():
        return
    if wanted:
        at = place() or (0, 0)
        size = [ctypes.c_int(), ctypes.c_int()]
        library.glfwGetWindowSize(window, *map(ctypes.byref, size))
        _before_full[:] = [*at, *(side.value for side in size)]
        room = screen()
        monitor = library.glfwGetPrimaryMonitor()
        library.glfwSetWindowMonitor(window, monitor, 0, 0, int(room.x + room.w), int(room.y + room.h), -1)
        return
    library.glfwSetWindowMonitor(window, None, *_before_full, -1)
    _before_full.clear()
