"""Start the process that draws, wait for it, and turn what goes wrong there into a sentence.

The child reads a pickle of ``[(Figure, path), …]`` on stdin, which only this module writes.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

import numpy as np

from geomlearn.app.figures.figure import Figure
from geomlearn.app.figures.films.encode import FILMS
from geomlearn.app.figures.plot import Plot
from geomlearn.core.errors import DeviceError
from geomlearn.core.files import atomic_path
from geomlearn.core.processes import end_with_parent
from geomlearn.core.progress import SILENT, Progress

# How often a child at work is left for a look at whether it should stop.
_PATIENCE_S = 0.2
PICTURES = (".png", ".jpg", ".tif", ".svg", ".pdf", ".eps")
SCENES = (".html", ".glb")
"""What can be turned; written without a renderer."""


def draw_figures(figures: Mapping[Path, Figure | Plot], *, force: bool = False, progress: Progress = SILENT) -> None:
    """Write each figure to its path; one process draws them all.

    Raises
    ------
    DeviceError   nothing on this machine can draw; the sentence quotes what VTK said.
    GeomError     a file exists and `force` is false.
    Cancelled     the progress was cancelled; the child is gone and nothing was written.
    """
    with ExitStack() as stack:
        work = [(figure, stack.enter_context(atomic_path(path, force=force))) for path, figure in figures.items()]
        _in_child("draw", work, progress)


def write_figure(path: Path, figure: Figure, *, force: bool = False, progress: Progress = SILENT) -> Path:
    """Write one figure: a picture, or as .html a page in which it can be turned, or as .glb a scene for other programs;
    as .mp4 or .gif a film of its moments, or of a turn where it has none.

    Raises
    ------
    As `draw_figures`; ParameterError where a .glb has no room for what is shown.
    """
    if path.suffix.lower() in FILMS:
        from geomlearn.app.figures.films.film import write_film

        return write_film(path, figure, force=force, progress=progress)
    if path.suffix.lower() in SCENES:
        with atomic_path(path, force=force) as temporary:
            temporary.write_bytes(_scene(figure, path.suffix.lower()))
    else:
        draw_figures({path: figure}, force=force, progress=progress)
    return path


def _scene(figure: Figure, suffix: str) -> bytes:
    from geomlearn.app.figures.pages.glb import glb_of
    from geomlearn.app.figures.pages.page import page_of

    return glb_of(figure) if suffix == ".glb" else page_of(figure).encode()


def renderer_name() -> str:
    """What draws here: VTK's version and the OpenGL renderer, with the kind of its window.

    Raises
    ------
    DeviceError   nothing on this machine can draw.
    """
    return _in_child("name", None)


def pixels_of(figures: Sequence[Figure]) -> Generator[np.ndarray, None, None]:
    """(h, w, 3) uint8 of each figure, as soon as it is drawn; one process draws them all, and ends with the generator.

    Raises
    ------
    DeviceError   nothing on this machine can draw; the sentence quotes what VTK said.
    """
    with TemporaryFile() as said, _child("pixels", list(figures), said) as child:
        drawn = cast(IO[bytes], child.stdout)
        for figure in figures:
            width, height = figure.size
            picture = drawn.read(3 * width * height)
            if len(picture) < 3 * width * height:
                child.wait()
                said.seek(0)
                raise _failure(child.returncode, said.read())
            yield np.frombuffer(picture, np.uint8).reshape(height, width, 3)


def _in_child(task: str, work: Any, progress: Progress = SILENT) -> str:
    with _child(task, work, subprocess.PIPE) as child:
        out, err = _answer(child, progress)
    if child.returncode != 0:
        raise _failure(child.returncode, err)
    return out.decode().strip()


@contextmanager
def _child(task: str, work: Any, stderr: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The process that draws; gone when the block is left."""
    # By a file, not a pipe: a `communicate` that timed out does not go on sending in every Python.
    with TemporaryFile() as given:
        pickle.dump(work, given)
        given.seek(0)
        child = subprocess.Popen(
            # -P: a folder at hand that is called geomlearn is not looked into.
            [sys.executable, "-P", "-m", "geomlearn.app.figures.child", task, str(os.getpid())],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            # Ctrl-C is for us to hear, who then end the child.
            start_new_session=True,
        )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def _failure(code: int, stderr: bytes) -> DeviceError:
    # VTK speaks to stderr whatever happens (it first tries X, then EGL): heard only when the drawing failed.
    said = stderr.decode(errors="replace").strip().splitlines()
    return DeviceError(
        f"The picture could not be drawn: {said[-1] if said else f'the renderer ended with {code}'}.",
        "Drawing without a screen needs EGL or X: on Debian, install libegl1 libgl1 libgl1-mesa-dri libxrender1.",
    )


def _answer(child: subprocess.Popen[bytes], progress: Progress) -> tuple[bytes, bytes]:
    """What the child wrote to stdout and stderr; the wait can be cancelled."""
    while True:
        try:
            return child.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            progress(0.0, "drawing")


def _main(task: str, parent: int) -> None:
    end_with_parent(parent)
    from geomlearn.app.figures import draw

    work = pickle.load(sys.stdin.buffer)
    if task == "name":
        sys.stdout.write(draw.renderer_name())
    elif task == "pixels":
        for figure in work:
            sys.stdout.buffer.write(draw.pixels(figure).data)
            sys.stdout.buffer.flush()
    else:
        for figure, path in work:
            draw.draw(figure, path)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
