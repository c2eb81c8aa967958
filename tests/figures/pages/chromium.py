"""A browser without a screen, for pixels of pages; tests skip where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --hide-scrollbars --disable-extensions"
)


def chromium() -> str:
    """The browser's path; skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    return found


def browse(address: str, folder: Path, *more: str, size: tuple[int, int] = (600, 400)) -> bytes:
    """What Chromium prints when it opens an address, with flags such as ``--dump-dom``."""
    own = [f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}"]
    command = [chromium(), *FLAGS.split(), *own]
    run = subprocess.run([*command, *more, address], capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode(errors="replace")
    return run.stdout


def pixels(page: str, folder: Path, size: tuple[int, int] = (600, 400)) -> np.ndarray:
    """(h, w, 3) in [0, 1] of a page as it is drawn."""
    from PIL import Image

    (folder / "page.html").write_text(page, encoding="utf-8")
    picture = folder / "page.png"
    browse((folder / "page.html").as_uri(), folder, "--virtual-time-budget=3000", f"--screenshot={picture}", size=size)
    return np.asarray(Image.open(picture).convert("RGB")) / 255
