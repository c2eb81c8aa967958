"""Pictures as a film: gif by Pillow anywhere, mp4 by the ffmpeg of this machine or of the extra `film`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import IO, cast

import numpy as np

from geomlearn.core.errors import DeviceError, FormatError

FILMS = (".mp4", ".gif")


def ffmpeg() -> str:
    """The path of ffmpeg: the one of this machine, else the one that comes with the extra `film`; empty for none."""
    found = shutil.which("ffmpeg")
    if found is None and find_spec("imageio_ffmpeg") is not None:
        from imageio_ffmpeg import get_ffmpeg_exe

        try:
            found = get_ffmpeg_exe()
        except RuntimeError:
            # Its own file is gone.
            return ""
    return found or ""


def film_suffixes() -> tuple[str, ...]:
    """What can be written here."""
    return FILMS if ffmpeg() else (".gif",)


def require_film(path: Path) -> None:
    """Raise where `path` cannot be written as a film here.

    Raises
    ------
    FormatError   its suffix is none of a film's.
    DeviceError   mp4 without ffmpeg; the sentence names the extra that brings it.
    """
    if path.suffix.lower() not in FILMS:
        what = f"A film cannot be written as {path.suffix or 'a file without suffix'}."
        raise FormatError(what, f"Use {' or '.join(FILMS)}.")
    if path.suffix.lower() not in film_suffixes():
        raise DeviceError(
            "Writing mp4 needs ffmpeg, which is not installed.",
            'Install it with: python -m pip install "geomlearn[film]". Or write a .gif.',
        )


def even(size: tuple[int, int]) -> tuple[int, int]:
    """The size that a film can have: video codecs store colour in blocks of two by two."""
    return size[0] - size[0] % 2, size[1] - size[1] % 2


def encode(path: Path, pictures: Iterator[np.ndarray], frames_per_s: float, comment: str = "") -> None:
    """Write pictures (h, w, 3) uint8 of one even size; `comment` is kept in the file.

    Raises
    ------
    FormatError, DeviceError   as `require_film`; DeviceError also where ffmpeg failed, whom the sentence quotes.
    """
    require_film(path)
    (_mp4 if path.suffix.lower() == ".mp4" else _gif)(path, pictures, frames_per_s, comment)


def _gif(path: Path, pictures: Iterator[np.ndarray], frames_per_s: float, comment: str) -> None:
    from PIL import Image

    # A gif has 256 colours: without dithering smooth shading bands a little, with it the picture crawls in motion.
    drawn = [
        Image.fromarray(pixels).quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) for pixels in pictures
    ]
    # The format counts hundredths of a second, and browsers slow down what is shorter than two.
    pause = max(20, round(100 / frames_per_s) * 10)
    words = {"comment": comment.encode()} if comment else {}
    drawn[0].save(path, format="GIF", save_all=True, append_images=drawn[1:], duration=pause, loop=0, **words)


def _mp4(path: Path, pictures: Iterator[np.ndarray], frames_per_s: float, comment: str) -> None:
    first = next(pictures)
    height, width = first.shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{frames_per_s:g}", "-i", "-"]
    # 4:2:0 is what every player can show.
    made = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-metadata", f"comment={comment}", "-f", "mp4", str(path)]
    command = [ffmpeg(), "-y", "-v", "error", *raw, *made]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    sink = cast(IO[bytes], child.stdin)
    try:
        try:
            for pixels in chain([first], pictures):
                sink.write(pixels.tobytes())
        except BrokenPipeError:
            pass  # it has ended, and says why
        said = child.communicate()[1].decode(errors="replace").strip().splitlines()
    except BaseException:
        child.kill()
        child.wait()
        raise
    if child.returncode != 0:
        raise DeviceError(f"ffmpeg could not write the film: {said[-1] if said else 'it said nothing'}.", "Try .gif.")
