"""Runs the window tests in a process of their own when this one is shared with others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.window
def test_the_window_in_a_process_of_its_own():
    folder = Path(__file__).parent
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(
        command, cwd=folder.parent.parent, env=environment, capture_output=True, text=True, timeout=3000, check=False
    )
    if "no tests ran" in done.stdout or (" passed" not in done.stdout and " skipped" in done.stdout):
        pytest.skip(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
