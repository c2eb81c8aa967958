"""What only a process of its own can show: signals, a terminal's progress bar, pipes, and the installed command."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "geomlearn.app.cli.main"]


@pytest.fixture
def environment(tmp_path):
    """One thread, no display, a cache of its own, the sources of this checkout."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**keep, "PYTHONPATH": str(ROOT), "GEOMLEARN_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}


def read_until(terminal: int, word: str, limit_s: float) -> str:
    """What appears on a terminal until it holds `word` or ends."""
    seen, end = "", time.monotonic() + limit_s
    while word not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # the other side is closed
                break
    return seen


def test_ctrl_c_during_a_basis_exits_130_and_leaves_nothing_behind(tmp_path, environment):
    write_shape(tmp_path / "big.npz", icosphere(128))
    mine, theirs = pty.openpty()
    work = subprocess.Popen(
        [*COMMAND, "basis", "big.npz", "-k", "300", "-o", "basis.npz"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = read_until(mine, "basis of big", 60)
        assert "basis of big" in seen
        work.send_signal(signal.SIGINT)
        said = read_until(mine, "Cancelled", 60)
        out, _ = work.communicate(timeout=60)
    finally:
        work.kill()
        os.close(mine)
    assert work.returncode == 130
    assert "Cancelled; nothing was written." in said
    assert out == b""
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["big.npz"]


def test_json_is_all_there_is_on_stdout_and_a_closed_pipe_is_no_drama(tmp_path, environment):
    write_shape(tmp_path / "ball.off", icosphere(8))
    command = [*COMMAND, "basis", "ball.off", "-k", "9", "-o", "b.npz", "--json"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["clusters"] == [[1, 3], [4, 8]]

    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*COMMAND, "info", "builtin:"],
        cwd=tmp_path,
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=120,
    )
    os.close(writer)
    assert b"Traceback" not in ran.stderr
    assert b"Exception" not in ran.stderr
