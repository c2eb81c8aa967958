"""match over a folder, as a person types it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape

QUICK = ("--method", "none", "--k-solve", 10, "--k-end", 20, "--k-descriptors", 30, "--n-candidates", 1, "--jobs", 1)


@pytest.fixture
def scans(tmp_path):
    """Two creatures of 500 vertices and a broken file."""
    for letter, name in zip("ab", ("quadruped-dog-stand", "quadruped-dog-walk"), strict=True):
        write_shape(tmp_path / "scans" / f"{letter}.off", builtin(name, 500))
    (tmp_path / "scans/broken.ply").write_text("ply\nnonsense\n")
    return tmp_path / "scans"


def test_all_pairs_with_one_broken_file_and_a_truth_for_some(geomlearn, scans, tmp_path):
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth/a--b.txt").write_text("\n".join(map(str, range(500))))
    run = geomlearn("match", "scans", "--all", "-o", "out", "--truth", "truth", *QUICK)
    assert run.code == 1, run.err
    with (tmp_path / "out/table.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 6
    assert sum(row["verdict"] == "failed" for row in rows) == 4
    assert {row["verdict"] for row in rows} <= {"good", "doubtful", "bad", "failed"}
    assert "over 1 of 2 maps" in run.out
    with (tmp_path / "out/errors.csv").open() as stream:
        assert [line["source"] for line in csv.DictReader(stream)] == ["a"]
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("data:image/png;base64,") == 6
    assert "http" not in page
    assert page.index("a → broken") < page.index("a → b<")


def test_to_a_template_as_json_in_another_format(geomlearn, scans, tmp_path):
    (scans / "broken.ply").unlink()
    run = geomlearn("match", "scans", "--to", "builtin:quadruped-cat-stand@500", "--format", "npz", "-o", "out",
                    "--json", *QUICK)  # fmt: skip
    assert run.code == 0, run.err
    assert [row["target"] for row in run.json["rows"]] == ["quadruped-cat-stand@500"] * 2
    assert sorted(file.name for file in (tmp_path / "out").glob("*.npz")) == [
        f"{name}--quadruped-cat-stand@500.npz" for name in "ab"
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["scans", "-o", "out"], "Which of these shapes"),
        (["scans", "--all", "--to", "a", "-o", "out"], "Which of these shapes"),
        (["scans", "--all", "-o", "scans/out"], "scans/out is where the shapes are"),
        (["scans", "--all", "-o", "out", "--fmap", "c.npz"], "--fmap is for one pair"),
        (["scans", "--all", "-o", "out", "--jobs", "0"], "--jobs 0 does nothing"),
        (["scans/a.off", "-o", "out"], "nothing to match"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(geomlearn, scans, words, says):
    run = geomlearn("match", *words)
    assert run.code == 2
    assert says in run.err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_run_goes_on_without_repeating_work(geomlearn, scans, tmp_path):
    for number, name in enumerate(("quadruped-cat-stand", "quadruped-cat-walk")):
        write_shape(scans / f"c{number}.off", builtin(name, 500))
    (scans / "broken.ply").unlink()
    words = [str(word) for word in ("match", "scans", "--all", "-o", "out", *QUICK)]
    child = subprocess.Popen([sys.executable, "-m", "geomlearn", *words], cwd=tmp_path)
    until = time.monotonic() + 120
    while not list((tmp_path / "out/store").glob("pairs/*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    done = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/store/pairs").glob("*.json")}
    assert done
    run = geomlearn(*words, "--json")
    assert run.code == 0, run.err
    assert json.loads(run.out)["solved_now"] == 6 - len(done)
    assert all(file.stat().st_mtime_ns == when for file, when in done.items())
