"""`geomlearn demo`: the whole way on built-in shapes, with no arguments and no screen."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force
from geomlearn.app.cli.screen import has_display
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.core.errors import DeviceError

if TYPE_CHECKING:
    from geomlearn.app.cli.story import Story

_FILES = {
    "a.ply": "shape A",
    "b.ply": "shape B, the same body in another pose",
    "basis.npz": "spectral basis of A",
    "map.txt": "map A → B: line i, the vertex of B for vertex i of A",
    "fmap.npz": "functional map, coefficients of A to those of B",
    "truth.txt": "the exact map A → B",
    "heat.npz": "heat spreading on A, over time",
    "mode.png": "an eigenfunction of A",
    "match.png": "A in the colours that the map fetches from B",
    "error.png": "how far off the map is, and where",
    "heat.png": "the heat on A at one moment",
}
_TO_OPEN = ("a.ply", "b.ply", "basis.npz", "map.txt", "heat.npz")


def demo(
    *,
    output: Annotated[
        Path | None,
        Parameter(name=("--output", "-o"), metavar="DIR", help="Folder; by default geomlearn-demo here."),
    ] = None,
    window: Annotated[bool, Parameter(help="Open the viewer on the result when there is a display.")] = True,
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Walk the whole way on built-in shapes, from basis to pictures.

    It makes two creatures, computes a spectral basis, the map between them,
    its error against the exact one, and heat spreading on a shape; and writes
    all of it, with pictures. It needs no screen and less than a minute.
    """
    from geomlearn.app.cli import story as work
    from geomlearn.app.cli.verbs.matching.evaluate import evaluation_facts
    from geomlearn.app.figures.child import draw_figures

    terminal = common.terminal()
    folder = _folder(output, force=force)
    start = time.perf_counter()
    with terminal.progress("demo") as progress:
        story = work.compute(progress.part(0.0, 0.8))
        progress(0.8, "files")
        work.write(folder, story, force=force)
        progress(0.85, "pictures")
        pictures = {folder / name: figure for name, figure in work.figures(story).items()}
        draw_figures(pictures, force=force, progress=progress.part(0.85, 1.0))
        progress(1.0, "done")
    elapsed = time.perf_counter() - start
    _tell(folder, story, elapsed, terminal)
    files = [folder / name for name in _FILES]
    terminal.finish({"folder": folder, "files": files, **evaluation_facts(story.measured), "time_s": elapsed})
    if window and terminal.talks:
        _open_window([str(folder / name) for name in _TO_OPEN])


def _folder(asked: Path | None, *, force: bool) -> Path:
    """Where to write: the folder asked for, or one of our own that is not there yet."""
    if asked is None:
        candidates = (Path.cwd() / f"geomlearn-demo{'' if i == 1 else f'-{i}'}" for i in count(1))
        return next(folder for folder in candidates if not folder.exists())
    folder = asked.expanduser().absolute()
    for name in _FILES:
        claim(folder / name, (Path(name).suffix,), "The demo", force=force)
    return folder


def _tell(folder: Path, story: Story, elapsed: float, terminal: Terminal) -> None:
    where, measured = shown(folder), story.measured
    terminal.title(f"{where}{os.sep}", f"A {story.a.name} → B {story.b.name}")
    terminal.rows(_FILES)
    terminal.say()
    terminal.title("error of the map", f"100 × geodesic distance / √area, at {number(len(measured.errors))} vertices")
    terminal.rows(
        {
            "mean": number(measured.mean_error),
            "median": number(measured.median_error),
            "mirrored": f"{number(measured.symmetric_mean_error)}, what it would be if left and right were swapped",
            "time": f"{elapsed:.1f} s",
        }
    )
    terminal.say()
    terminal.next(f"geomlearn match {where}/a.ply YOUR.obj -o map.txt")


def _open_window(paths: list[str]) -> None:
    """The viewer on the result, where there is a screen and a viewer; nothing is said where there is not."""
    if not has_display():
        return
    try:
        from geomlearn.app.window import view_files
    except ImportError:
        return
    # Everything is written and said by now: a window that cannot open takes nothing away.
    with suppress(DeviceError):
        view_files(paths)
