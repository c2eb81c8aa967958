"""Two thousand damaged files, made from a seed: each ends in a usable shape or in one plain sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz.py")


@pytest.fixture(scope="module")
def folder(seed_files) -> Path:
    return next(iter(seed_files.values())).parent


def fuzz(folder: Path, count: int, seed: int, reader: str) -> tuple[dict, str]:
    """The child process's report and what it printed on stderr. The limits hold for the child alone."""
    command = [sys.executable, str(FUZZ), str(folder), str(count), str(seed), reader]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_two_thousand_damaged_files_end_in_a_shape_or_a_sentence(folder):
    report, printed = fuzz(folder, 2000, seed=7, reader="ours")
    assert not report["broken"], "\n".join(report["broken"][:20])
    assert printed == ""
    assert sum(report["counts"].values()) == 2000
    assert report["grown_bytes"] < 1 << 30
    # The damage must reach the readers, and must not be so gross that all files are refused.
    assert report["counts"]["sentence"] > 400
    assert report["counts"]["shape"] > 100
    assert report["counts"]["shape with warning"] > 20
    # Nearly every refusal says what is wrong, instead of falling back on the sentence for the unforeseen.
    assert report["generic"] < 0.1 * report["counts"]["sentence"]


@pytest.mark.parametrize("reader, outcome", [("sleeps", "hang"), ("hoards", "memory"), ("empty", "shape")])
def test_the_judge_notices_hangs_memory_and_silent_empties(folder, reader, outcome):
    report, _ = fuzz(folder, 2, seed=7, reader=reader)
    assert len(report["broken"]) == 2
    assert report["counts"] == {outcome: 2}


def test_a_reader_without_our_guards_breaks_the_promise(folder):
    report, _ = fuzz(folder, 200, seed=7, reader="trimesh")
    assert len(report["broken"]) > 20
