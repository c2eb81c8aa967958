"""An X server of our own, whose picture can be read: what a person would see."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

SIZE = (1280, 720)


@contextmanager
def own_screen(folder: Path, size: tuple[int, int] = SIZE) -> Iterator[str]:
    """The name of a display of this size; its pixels lie in `folder`."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} on this machine")
    receive, send = os.pipe()
    command = ["Xvfb", "-displayfd", str(send), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen([*command, "-fbdir", str(folder)], pass_fds=[send], stderr=subprocess.DEVNULL)
    os.close(send)
    with os.fdopen(receive) as answer:
        number = answer.readline().strip()
    if not number:
        server.wait(5)
        pytest.skip("Xvfb does not start here")
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def screen_picture(folder: Path) -> np.ndarray:
    """(h, w, 3) uint8 of the whole screen now, from the XWD file that the server draws into."""
    content = (folder / "Xvfb_screen0").read_bytes()
    head = np.frombuffer(content, ">u4", 25)
    size, width, height, line, n_colors = (int(head[at]) for at in (0, 4, 5, 12, 19))
    rows = np.frombuffer(content, np.uint8, line * height, size + 12 * n_colors).reshape(height, line)
    return rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]


def xdotool(*words: str, display: str = "") -> str:
    """What xdotool answers."""
    environment = {**os.environ, **({"DISPLAY": display} if display else {})}
    return subprocess.run(["xdotool", *words], env=environment, capture_output=True, text=True, check=False).stdout
