"""Start the process that draws, wait for it, and turn what goes wrong there into a sentence.

The child reads a pickle of ``[(Figure, path), …]`` on stdin, which only this module writes.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app.figures.figure import Figure
from geomlearn.core.errors import DeviceError
from geomlearn.core.files import atomic_path

PICTURES = (".png", ".jpg", ".tif", ".svg", ".pdf", ".eps")


def draw_figures(figures: Mapping[Path, Figure], *, force: bool = False) -> None:
    """Write each figure to its path; one process draws them all.

    Raises
    ------
    DeviceError   nothing on this machine can draw; the sentence quotes what VTK said.
    GeomError     a file exists and `force` is false.
    """
    with ExitStack() as stack:
        work = [(figure, stack.enter_context(atomic_path(path, force=force))) for path, figure in figures.items()]
        _in_child("draw", work)


def renderer_name() -> str:
    """What draws here: VTK's version and the OpenGL renderer, with the kind of its window.

    Raises
    ------
    DeviceError   nothing on this machine can draw.
    """
    return _in_child("name", None)


def _in_child(task: str, work: Any) -> Any:
    # VTK speaks to stderr whatever happens (it first tries X, then EGL): heard only when the drawing failed.
    child = subprocess.run(
        [sys.executable, "-m", "app.figures.child", task],
        input=pickle.dumps(work),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    if child.returncode != 0:
        said = child.stderr.decode(errors="replace").strip().splitlines()
        raise DeviceError(
            f"The picture could not be drawn: {said[-1] if said else f'the renderer ended with {child.returncode}'}.",
            "Drawing without a screen needs EGL or X: on Debian, install libegl1 libgl1 libgl1-mesa-dri libxrender1.",
        )
    return child.stdout.decode().strip()


def _main(task: str) -> None:
    from app.figures import draw

    work = pickle.load(sys.stdin.buffer)
    if task == "name":
        sys.stdout.write(draw.renderer_name())
        return
    for figure, path in work:
        draw.draw(figure, path)


if __name__ == "__main__":
    _main(sys.argv[1])
