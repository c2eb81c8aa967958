"""What this installation is and can do, as facts to read and to copy into a report."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
import shutil
from contextlib import suppress
from functools import cache
from importlib import metadata

from geomlearn.app.figures.films.encode import ffmpeg

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software")
_GL_RENDERER, _GL_VERSION = 0x1F01, 0x1F02


@cache
def gl_strings() -> tuple[str, str]:
    """Names of the renderer and of the OpenGL version of the present context; empty where they cannot be asked."""
    names = ("libOpenGL.so.0", "libGL.so.1", "opengl32", ctypes.util.find_library("OpenGL") or "")
    for name in names:
        with suppress(OSError, AttributeError):
            ask = ctypes.CDLL(name).glGetString
            ask.restype = ctypes.c_char_p
            found = [ask(code) for code in (_GL_RENDERER, _GL_VERSION)]
            if all(found):
                return found[0].decode(), found[1].decode()
    return "", ""


def is_software() -> bool:
    """Whether the processor draws, and not a graphics card."""
    return any(word in gl_strings()[0].lower() for word in _SOFTWARE)


def ssaa_factor() -> int:
    """By how much the window itself draws larger than it shows, so that edges are smooth."""
    return 1 if is_software() else 2


def renderer_name() -> str:
    """The renderer in a few words."""
    name = gl_strings()[0].split("(")[0].strip() or "unknown renderer"
    return f"{name} (software)" if is_software() else name


@cache
def report() -> list[tuple[str, str]]:
    """Facts by name."""
    import polyscope as ps

    import geomlearn

    renderer, version = gl_strings()
    drawing = "by the processor; a graphics card would be faster" if is_software() else "by the graphics card"
    return [
        ("geomlearn", geomlearn.__version__),
        ("Python", f"{platform.python_version()} on {platform.platform(terse=True)}"),
        ("Renderer", renderer or "cannot be asked here"),
        ("OpenGL", version or "cannot be asked here"),
        ("Drawing", drawing),
        ("Backend", ps.get_render_engine_backend_name()),
        ("Display", os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "none (headless)"),
        ("Cores", str(os.cpu_count())),
        ("ffmpeg", ffmpeg() or "not found: movies are written as gif"),
        ("File dialog", _dialog()),
        *((name, _version(name)) for name in ("polyscope", "numpy", "scipy", "torch", "pyvista", "vtk")),
    ]


def _dialog() -> str:
    if platform.system() in ("Darwin", "Windows"):
        return "the system's"
    return next((name for name in ("zenity", "kdialog") if shutil.which(name)), "tkinter, if it is installed")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
