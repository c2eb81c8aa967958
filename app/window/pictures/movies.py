"""Movies of fields: gif by Pillow anywhere, mp4 where ffmpeg is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.model.fields import at_time
from geomlearn.app.window.pictures.studio import Shot, Studio
from geomlearn.core.errors import DeviceError, FormatError
from geomlearn.core.files import atomic_path
from geomlearn.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from geomlearn.app.window.window import Window


def movie_suffixes() -> tuple[str, ...]:
    """What can be written here."""
    return (".mp4", ".gif") if shutil.which("ffmpeg") else (".gif",)


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
    FormatError   the suffix is neither, or ffmpeg is missing for mp4.
    DeviceError   nothing here can draw, or ffmpeg failed; the sentence quotes it.
    GeomError     the file exists and `force` is false.
    Cancelled     the progress was cancelled; nothing was written.
    """
    if path.suffix.lower() not in movie_suffixes():
        raise FormatError(
            f"A movie cannot be written as {path.suffix or 'a file without suffix'} here.",
            f"Use {' or '.join(movie_suffixes())}; mp4 needs ffmpeg.",
        )
    # Video codecs store colour in blocks of two by two.
    width, height = (side - side % 2 for side in shot.size)
    shot = replace(shot, size=(width, height), transparent=False)
    with atomic_path(path, force=force) as temporary:
        pictures = _frames(window, shot, times, progress)
        write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
        write(temporary, pictures, frames_per_s)
    return path


def _frames(window: Window, shot: Shot, times: tuple[float, ...], progress: Progress) -> Iterator[np.ndarray]:
    """(h, w, 3) uint8, one picture for each time."""
    scene = shot.scene
    with Studio(window, shot) as studio:
        for number, time in enumerate(times):
            progress(number / len(times), f"frame {number + 1} of {len(times)}")
            yield studio.take(at_time(scene, time))[..., :3]


def _write_gif(path: Path, pictures: Iterator[np.ndarray], frames_per_s: float) -> None:
    from PIL import Image

    # A gif has 256 colours: without dithering smooth shading bands a little, with it the picture crawls in motion.
    drawn = [
        Image.fromarray(pixels).quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) for pixels in pictures
    ]
    # The format counts hundredths of a second, and browsers slow down what is shorter than two.
    pause = max(20, round(100 / frames_per_s) * 10)
    drawn[0].save(path, format="GIF", save_all=True, append_images=drawn[1:], duration=pause, loop=0)


def _write_mp4(path: Path, pictures: Iterator[np.ndarray], frames_per_s: float) -> None:
    first = next(pictures)
    height, width = first.shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{frames_per_s:g}", "-i", "-"]
    # 4:2:0 is what every player can show.
    made = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", str(path)]
    command = ["ffmpeg", "-y", "-v", "error", *raw, *made]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        try:
            child.stdin.write(first.tobytes())
            for pixels in pictures:
                child.stdin.write(pixels.tobytes())
        except BrokenPipeError:
            pass  # it has ended, and says why
        said = child.communicate()[1].decode(errors="replace").strip().splitlines()
    except BaseException:
        child.kill()
        child.wait()
        raise
    if child.returncode != 0:
        raise DeviceError(f"ffmpeg could not write the movie: {said[-1] if said else 'it said nothing'}.", "Try .gif.")
