"""Movies of the stage: every moment of the fields on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.figures.films.encode import encode, even, require_film
from geomlearn.app.model.fields import at_time
from geomlearn.app.window.pictures.studio import Shot, Studio
from geomlearn.core.files import atomic_path
from geomlearn.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from geomlearn.app.window.window import Window


def write_movie(
    path: Path,
    shot: Shot,
    times: tuple[float, ...],
    frames_per_s: float = 20.0,
    *,
    window: Window,
    force: bool = False,
    progress: Progress = SILENT,
) -> Path:
    """Draw the fields of a shot at every time, and write the frames as gif or mp4.

    Parameters
    ----------
    times    in the unit of the fields; each shows its moment nearest to it.
    window   the one that poses.

    Raises
    ------
    FormatError   the suffix is neither.
    DeviceError   nothing here can draw, ffmpeg is missing for mp4, or it failed; the sentence quotes it.
    GeomError     the file exists and `force` is false.
    Cancelled     the progress was cancelled; nothing was written.
    """
    require_film(path)
    shot = replace(shot, size=even(shot.size), transparent=False)
    with atomic_path(path, force=force) as temporary:
        encode(temporary, _frames(window, shot, times, progress), frames_per_s)
    return path


def _frames(window: Window, shot: Shot, times: tuple[float, ...], progress: Progress) -> Iterator[np.ndarray]:
    """(h, w, 3) uint8, one picture for each time."""
    scene = shot.scene
    with Studio(window, shot) as studio:
        for number, time in enumerate(times):
            progress(number / len(times), f"frame {number + 1} of {len(times)}")
            yield studio.take(at_time(scene, time))[..., :3]
