"""Damaged files, made from a seed: each ends in something usable or in one plain sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.seeds import FAMILIES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def fuzz(tmp_path, kept):
    """The child process's report on some families' files. The limits hold for the child alone."""

    def run(families: list[str], count: int, seed: int, reader: str) -> dict:
        for family in families:
            FAMILIES[family].lay(tmp_path, kept)
        command = [sys.executable, "-m", "tests.fuzz.judge", str(tmp_path), str(count), str(seed), reader]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, env=environment, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stderr == ""
        return json.loads(done.stdout.splitlines()[-1])

    return run


SHAPES = [family for family, row in FAMILIES.items() if row.reader == "shape"]


def test_two_thousand_damaged_files_end_in_a_shape_or_a_sentence(fuzz):
    report = fuzz(SHAPES, 2000, seed=7, reader="shape")
    counts = report["counts"]
    assert not report["broken"], "\n".join(report["broken"][:20])
    assert sum(counts.values()) == 2000
    assert report["grown_bytes"] < 1 << 30
    # The damage must reach the readers, and must not be so gross that all files are refused.
    assert counts["sentence"] > 400
    assert counts["read"] > 100
    assert counts["read with warning"] > 20
    # Nearly every refusal says what is wrong, instead of falling back on the sentence for the unforeseen.
    assert counts.get("generic sentence", 0) < 0.1 * counts["sentence"]


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in SHAPES])
def test_damaged_files_that_are_no_shapes_end_in_numbers_or_a_sentence(fuzz, family):
    report = fuzz([family], 120, seed=7, reader=FAMILIES[family].reader)
    assert not report["broken"], "\n".join(report["broken"][:20])
    assert report["counts"]["read"] + report["counts"].get("read with warning", 0) > 0
    assert report["counts"]["sentence"] > 60


@pytest.mark.parametrize("reader, outcome", [("sleeps", "hang"), ("hoards", "memory"), ("empty", "empty")])
def test_the_judge_notices_hangs_memory_and_silent_empties(fuzz, reader, outcome):
    report = fuzz(["obj"], 2, seed=7, reader=reader)
    assert len(report["broken"]) == 2
    assert report["counts"] == {outcome: 2}


def test_a_reader_without_our_guards_breaks_the_promise(fuzz):
    assert len(fuzz(SHAPES, 200, seed=7, reader="trimesh")["broken"]) > 20
