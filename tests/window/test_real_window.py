"""A real window under an X server: opened by the command, driven from outside, and left by its own key."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geomlearn.shapes.io import write_shape
from tests.model.scenes import octahedron

pytestmark = pytest.mark.window
PATIENCE_S = 90.0


@pytest.fixture
def display(tmp_path):
    """An X server of our own."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} on this machine")
    receive, send = os.pipe()
    command = ["Xvfb", "-displayfd", str(send), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[send], stderr=subprocess.DEVNULL)
    os.close(send)
    with os.fdopen(receive) as answer:
        number = answer.readline().strip()
    if not number:
        server.wait(5)
        pytest.skip("Xvfb does not start here")
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_open_click_type_save_and_quit(display, tmp_path):
    path = write_shape(tmp_path / "eight.off", octahedron())
    environment = {**os.environ, "DISPLAY": display, "GEOMLEARN_CONFIG_DIR": str(tmp_path / "config")}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-m", "geomlearn.app.cli.main", "view", str(path), "--do", "set eight edges=true"]
    child = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    try:
        window = _found(environment, child)
        session = tmp_path / f"geomlearn-session-{time.strftime('%Y-%m-%d')}" / "session.json"
        # Nothing is heard until the file is there, and under load not at once: the key is pressed until it works.
        _press_until(environment, window, "ctrl+s", session.exists)
        _do(environment, "mousemove", "--window", window, "720", "30", "click", "1")
        _press_until(environment, window, "ctrl+q", lambda: child.poll() is not None)
        assert child.returncode == 0, child.stderr.read().decode()
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert '"eight"' in session.read_text()


def _found(environment, child) -> str:
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE_S:
        assert child.poll() is None, child.stderr.read().decode()
        found = _do(environment, "search", "--onlyvisible", "--name", "geomlearn").split()
        if found:
            return found[-1]
        time.sleep(0.3)
    raise AssertionError("no window came up")


def _press_until(environment, window, key, condition):
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE_S:
        _do(environment, "windowfocus", window, "key", key)
        for _ in range(10):
            time.sleep(0.2)
            if condition():
                return
    raise AssertionError(f"{key} did nothing")


def _do(environment, *words) -> str:
    return subprocess.run(["xdotool", *words], env=environment, capture_output=True, text=True, check=False).stdout
