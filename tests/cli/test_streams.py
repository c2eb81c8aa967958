"""Sentences on any stream: encodings that lack our letters, disks that are full, readers that leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from geomlearn.app.cli.failures import in_words
from geomlearn.app.cli.streams import plain

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "geomlearn.app.cli.main"]
FULL = Path("/dev/full")


def run(*words, cwd, stdout=subprocess.PIPE, before=None, **environment):
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**keep, "PYTHONPATH": str(ROOT), "GEOMLEARN_CACHE": "off", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        [*COMMAND, *words], cwd=cwd, env=environment, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=before
    )


def test_letters_of_ascii_for_what_an_encoding_lacks():
    assert plain("λ → φ²") == "lambda -> phi2"
    assert plain("é ╭─╮ 字") == "e +-+ ?"
    assert plain("bad\udcff.off") == "bad\\xff.off"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("words", [["solve", "--help"], ["methods"], ["check", "builtin:sphere"]])
def test_output_in_an_encoding_without_our_letters(tmp_path, encoding, words):
    ran = run(*words, cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == b""
    assert len(ran.stdout.decode(encoding)) > 20


def test_json_stays_json_in_any_encoding(tmp_path):
    name = "ünïcode λ.off"
    (tmp_path / name).write_text("OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n")
    ran = run("info", name, "--json", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert ran.returncode == 0, ran.stderr
    assert "λ" in str(json.loads(ran.stdout))


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_standard_output_on_a_full_disk(tmp_path):
    with FULL.open("w") as full:
        ran = run("methods", cwd=tmp_path, stdout=full)
    assert ran.returncode == 1
    assert b"no space left on device" in ran.stderr
    assert b"Defect" not in ran.stderr
    assert b"Exception" not in ran.stderr


def test_standard_output_that_is_closed(tmp_path):
    ran = run("methods", cwd=tmp_path, before=lambda: os.close(1))
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_too_little_address_space_is_said_before_libraries_wait_for_it(tmp_path):
    import resource

    limit = 300 << 20
    ran = run("info", "x.off", cwd=tmp_path, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert ran.returncode == 1
    assert b"300 MB of address space" in ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing(tmp_path, suffix):
    import resource

    limit = 20_000
    ran = run(
        *("basis", "builtin:icosphere", "-k", "20", "-o", f"out.{suffix}"),
        cwd=tmp_path,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert ran.returncode == 1
    assert b"file too large" in ran.stderr.lower()
    assert b"Defect" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device"), "Reading or writing failed: no space left on device."),
        (PermissionError(13, "Permission denied", "a.off"), "a.off cannot be used: permission denied."),
        (RuntimeError("Can't write data (file write failed: errno = 28, error message = …)"), "no space left"),
        (ValueError("I/O error: No space left on device (os error 28)"), "no space left on device."),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"), "more memory"),
        (ImportError("libx.so: failed to map segment from shared object"), "more memory"),
        (ImportError("No module named 'vtk'"), "A part of the installation cannot be loaded"),
        (OSError(12, "Cannot allocate memory"), "more memory"),
    ],
)
def test_what_the_system_refuses_is_no_defect(error, sentence):
    code, message, hint = in_words(error)
    assert code == 1
    assert sentence in message
    assert hint


def test_what_nobody_expected_is_a_defect():
    assert in_words(KeyError("k"))[1] == "Defect in geomlearn: KeyError: 'k'."


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("ending", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_signals_unwind_the_work_and_are_its_exit_code(ending, code):
    program = f"""
import os, sys
from geomlearn.app.cli import main as door
from geomlearn.app.cli.terminal import Terminal

def verb(arguments):
    with Terminal(quiet=True).progress("work") as progress:
        os.kill(os.getpid(), {int(ending)})
        try:
            while True:
                progress(0.5)
        finally:
            print("unwound")

door._run = verb
sys.exit(door.main(["x"]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ})
    assert (ran.returncode, ran.stdout) == (code, "unwound\n"), ran.stderr
    assert "Cancelled; nothing was written." in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_without_a_listener_and_a_second_one_end_at_once():
    program = """
import os, signal, sys
from geomlearn.app.cli import main as door
from geomlearn.app.cli.terminal import Terminal

def verb(arguments):
    if arguments == ["alone"]:
        os.kill(os.getpid(), signal.SIGTERM)
    with Terminal(quiet=True).progress("work"):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    print("went on")

door._run = verb
sys.exit(door.main(sys.argv[1:]))
"""
    for word in ("alone", "twice"):
        ran = subprocess.run([sys.executable, "-c", program, word], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout) == (143, ""), ran.stderr
