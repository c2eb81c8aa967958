"""The process that reads a file for another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

# Reading such a file never ends; that it began is said through the file itself, a pipe whose end is heard when the
# process that reads is gone.
READER = """
import time
from geomlearn.core.child_reader import hand_over

def read(path):
    with path.open("w") as pipe:
        pipe.write("at work\\n")
        pipe.flush()
        time.sleep(1000)

if __name__ == "__main__":
    hand_over(read, 1 << 30)
"""
PARENT = """
import sys
from pathlib import Path
from geomlearn.core import child_reader

child_reader.PATIENCE_S = 1000
child_reader.read_in_child(Path(sys.argv[1]), "endless", "a library")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals and named pipes of POSIX")
def test_the_reader_ends_with_the_process_that_asked(tmp_path) -> None:
    (tmp_path / "endless.py").write_text(READER)
    (tmp_path / "parent.py").write_text(PARENT)
    os.mkfifo(tmp_path / "file")
    paths = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path)])
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path / "file")]
    parent = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths})
    with (tmp_path / "file").open() as pipe:
        assert pipe.readline() == "at work\n"
        parent.send_signal(signal.SIGKILL)
        assert pipe.read() == ""
    assert parent.wait() == -signal.SIGKILL
