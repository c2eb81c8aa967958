"""Children that end with their parent, whatever ends it."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from geomlearn.core.errors import GeomError
from geomlearn.core.processes import shared_work, worker_pool

# The parent lends its standard output to its workers, so that the pipe closes when the last of them is gone; each says
# a line and then works for longer than anybody waits.
PARENT = """
import os, signal, sys, time
from geomlearn.core.processes import shared_work

def work():
    os.write(1, b"at work\\n")
    time.sleep(1000)

def stop(*_):
    raise KeyboardInterrupt

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        with shared_work(2) as each:
            list(each(work, [(), ()]))
    except KeyboardInterrupt:
        sys.exit(143)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("ending", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_no_worker_outlives_its_parent(tmp_path, ending, code):
    (tmp_path / "parent.py").write_text(PARENT)
    paths = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path)])
    environment = {**os.environ, "PYTHONPATH": paths}
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, env=environment)
    said = b""
    while said.count(b"at work") < 2:
        assert select.select([parent.stdout], [], [], 120)[0]
        said += os.read(parent.stdout.fileno(), 100)
    parent.send_signal(ending)
    # The end of the file: no process holds the other end of the pipe any more.
    assert select.select([parent.stdout], [], [], 120)[0]
    assert os.read(parent.stdout.fileno(), 100) == b""
    assert parent.wait() == code


def test_work_is_shared_by_processes_of_one_thread_each(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with shared_work(2) as each:
        assert sorted(each(math.factorial, ((n,) for n in range(5)))) == [1, 1, 2, 6, 24]
        assert list(each(os.getenv, [("OMP_NUM_THREADS",)])) == ["1"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_worker_that_is_ended_from_outside_is_a_sentence():
    with pytest.raises(GeomError, match="ended from outside"), shared_work(1) as each:
        list(each(signal.raise_signal, [(signal.SIGKILL,)]))


# A result that is slow to send: not before the parent has left the block, and for some time then.
SLOW = """
import time
from pathlib import Path

class Slow:
    def __init__(self, folder):
        self.folder = Path(folder)

    def __reduce__(self):
        (self.folder / "begun").touch()
        while not (self.folder / "left").exists():
            time.sleep(0.02)
        time.sleep(0.3)
        (self.folder / "sent").touch()
        return int, ()
"""


@pytest.mark.skipif(os.name == "nt", reason="there a worker ends with the pipe, whatever it does")
def test_a_worker_sends_to_its_end_what_it_began_to_send(tmp_path, monkeypatch):
    (tmp_path / "slow_result.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    from slow_result import Slow

    leaving = threading.Timer(0.3, (tmp_path / "left").touch)
    with pytest.raises(KeyboardInterrupt), worker_pool(1) as submit:
        submit(Slow, str(tmp_path))
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        leaving.start()
        raise KeyboardInterrupt
    assert (tmp_path / "sent").exists()


def test_a_program_without_a_guard_is_not_run_again_by_its_workers(tmp_path):
    program = tmp_path / "plain.py"
    program.write_text(
        "from geomlearn.core.processes import worker_pool\n"
        "print('begun', flush=True)\n"
        "with worker_pool(2) as submit:\n"
        "    print(sorted(submit(abs, n).result() for n in (-2, 1)), __file__[-8:], __spec__)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines() == ["begun", "[1, 2] plain.py None"], done.stderr
