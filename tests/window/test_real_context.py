"""Runs `real/` in a process of its own, on a screen of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.window.screen import own_screen


@pytest.mark.window
def test_a_real_context(tmp_path):
    folder = Path(__file__).parent / "real"
    with own_screen(tmp_path) as display:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
        environment |= {"DISPLAY": display, "GEOMLEARN_TEST_PIXELS": str(tmp_path)}
        environment |= {"GEOMLEARN_CONFIG_DIR": str(tmp_path / "config"), "PYTHONPATH": str(folder.parents[2])}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(folder)]
        done = subprocess.run(command, cwd=folder.parents[2], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
