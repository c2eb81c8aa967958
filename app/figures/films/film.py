"""A figure that moves: through the moments of its fields, or once around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from geomlearn.app.figures.child import pixels_of
from geomlearn.app.figures.figure import Figure, Motion, Panel
from geomlearn.app.figures.films.encode import encode, even, require_film
from geomlearn.core.errors import ParameterError
from geomlearn.core.files import atomic_path
from geomlearn.core.progress import SILENT, Progress

FRAMES_PER_S = 25.0
TURN = 90
"""Pictures of one turn: four degrees each, 3.6 seconds in all."""


def write_film(
    path: Path,
    figure: Figure,
    motion: Motion | None = None,
    frames_per_s: float = FRAMES_PER_S,
    *,
    force: bool = False,
    progress: Progress = SILENT,
) -> Path:
    """Write a figure as .mp4 or .gif: moment by moment, or turning once about the axis up.

    Parameters
    ----------
    motion   None for the moments where there are any, else a turn.

    Raises
    ------
    ParameterError   moments are asked for and there are none.
    FormatError, DeviceError   as `require_film`; DeviceError also where nothing here can draw.
    GeomError        the file exists and `force` is false.
    Cancelled        the progress was cancelled; nothing was written.
    """
    require_film(path)
    figures = steps(replace(figure, size=even(figure.size), transparent=False), motion)
    with atomic_path(path, force=force) as temporary:
        pictures = pixels_of(figures)
        try:
            encode(temporary, _told(pictures, len(figures), progress), frames_per_s, figure.command)
        finally:
            pictures.close()
    return path


def steps(figure: Figure, motion: Motion | None = None) -> list[Figure]:
    """The figures that follow one another.

    Raises
    ------
    ParameterError   moments are asked for and there are none.
    """
    n_moments = max(len(panel.frames) for panel in figure.panels)
    if motion == "frames" and not n_moments:
        raise ParameterError("Nothing here changes with time.", "Give a field with several moments, or film a turn.")
    if motion == "turn" or not n_moments:
        still = tuple(replace(panel, frames=()) for panel in figure.panels)
        around = replace(figure, panels=still, around=True)
        return [replace(around, turn=figure.turn + 360 * step / TURN) for step in range(TURN)]
    return [replace(figure, panels=tuple(_at(panel, step) for panel in figure.panels)) for step in range(n_moments)]


def _at(panel: Panel, step: int) -> Panel:
    """A panel at one moment; what ends before the others stays."""
    if not panel.frames:
        return panel
    return replace(panel, values=panel.frames[min(step, len(panel.frames) - 1)], frames=())


def _told(pictures: Iterator[np.ndarray], n: int, progress: Progress) -> Iterator[np.ndarray]:
    for number in range(n):
        progress(number / n, f"frame {number + 1} of {n}")
        yield next(pictures)
