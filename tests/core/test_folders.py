"""Folders are listed in order, and one that may not be read is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geomlearn.core.folders import files_in

PROGRAM = """
import sys
from geomlearn.core.errors import GeomError
from geomlearn.core.folders import files_in
for below in (False, True):
    try:
        print([path.name for path in files_in(sys.argv[1], below=below)])
    except GeomError as error:
        print(error.message)
"""


def test_files_in_order_and_below(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.ply", "a.ply", "in/c.ply"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in files_in(tmp_path)] == ["a.ply", "b.ply"]
    assert [path.name for path in files_in(tmp_path, below=True)] == ["a.ply", "b.ply", "c.ply"]
    assert files_in(tmp_path / "none") == files_in(tmp_path / "a.ply") == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders are closed in another way there")
def test_a_closed_folder_is_no_empty_one(tmp_path):
    closed = tmp_path / "in" / "closed"
    closed.mkdir(parents=True)
    (tmp_path / "in" / "a.ply").write_text("x")
    closed.chmod(0)
    # Root may read everything, unless it gives that right away.
    plain = [sys.executable, "-c", PROGRAM, str(tmp_path / "in")]
    command = plain if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *plain]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    except FileNotFoundError:
        pytest.skip("there is no setpriv on this machine")
    finally:
        closed.chmod(0o700)
    assert done.stdout.splitlines() == ["['a.ply']", f"The folder {closed} cannot be read: permission denied."]
