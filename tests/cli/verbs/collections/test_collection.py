"""segment and the verbs below collection, as a person types them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from geomlearn.core.arrays import read_arrays
from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.io import read_shape, write_shape


def rows(path):
    with path.open() as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def eggs(tmp_path):
    """Six ellipsoids on one triangulation, stretched along two axes, and what they were stretched by."""
    random = np.random.default_rng(0)
    ball = icosphere(4)
    table = ["name,length,width,noise"]
    for number in range(6):
        length, width, noise = 1.5 + 0.2 * number, random.uniform(0.9, 1.1), random.normal()
        stretched = ball.vertices * (length, width, 1) * np.where(ball.vertices[:, :1] > 0, 1.1, 1)
        write_shape(tmp_path / f"eggs/egg{number}.off", ball.replace(vertices=stretched))
        table.append(f"egg{number},{length},{width},{noise}")
    (tmp_path / "params.csv").write_text("\n".join(table))
    return tmp_path / "eggs"


def test_segment_of_files_and_of_an_array(geomlearn, tmp_path):
    ball = icosphere(6)
    rest = ball.vertices * (3, 1, 1)
    frames = []
    for number, angle in enumerate((0, 0.4, 0.8)):
        c, s = np.cos(angle), np.sin(angle)
        points = rest.copy()
        points[rest[:, 0] > 0] = points[rest[:, 0] > 0] @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
        frames.append(points)
        write_shape(tmp_path / f"frames/{number}.off", ball.replace(vertices=points))
    run = geomlearn("segment", "frames", "-k", 2, "-o", "labels.npy")
    assert run.code == 0, run.err
    assert "2 parts of 362 vertices" in run.out
    labels = np.load(tmp_path / "labels.npy")
    assert max((labels == (rest[:, 0] > 0)).mean(), (labels != (rest[:, 0] > 0)).mean()) > 0.95
    np.savez(tmp_path / "all.npz", frames=np.stack(frames), faces=ball.faces)
    assert geomlearn("segment", "all.npz", "-k", "auto", "-o", "auto.txt", "--json").json["n_parts"] >= 2
    write_shape(tmp_path / "frames/3.off", icosphere(2))
    assert geomlearn("segment", "frames", "-o", "other.npy").code == 2
    assert geomlearn("segment", "all.npz", "-k", "few", "-o", "other.npy").code == 2


def test_model_then_explain_by_maps_and_by_its_scores(geomlearn, eggs, tmp_path):
    more = ("--combine", "-1.5,0", "--movie")
    run = geomlearn("collection", "model", "eggs", "--to", "egg0", "-o", "model", "--jobs", 1, "--no-scaling", *more)
    assert run.code == 0, run.err
    mean, mode = (read_shape(tmp_path / f"model/{name}.ply").vertices for name in ("mean", "mode1-plus"))
    combined = read_shape(tmp_path / "model/combined.ply").vertices
    np.testing.assert_allclose(combined - mean, -0.75 * (mode - mean), atol=1e-5)
    with Image.open(tmp_path / "model/mode1.gif") as movie:
        assert movie.n_frames > 10
    assert geomlearn("collection", "model", "eggs", "--to", "egg0", "-o", "two", "--combine", "1,x").code == 2
    assert read_shape(tmp_path / "model/mode1-plus.ply").n_vertices == 162
    scores = rows(tmp_path / "model/scores.csv")
    assert [row["name"] for row in scores] == [f"egg{number}" for number in range(6)]
    length = [1.5 + 0.2 * number for number in range(6)]
    assert abs(np.corrcoef([float(row["mode1"]) for row in scores], length)[0, 1]) > 0.99
    shares = [float(row["share"]) for row in rows(tmp_path / "model/eigenvalues.csv")]
    assert shares == sorted(shares, reverse=True)

    words = ("--x", "params.csv", "--n-directions", 1, "--n-permutations", 50)
    run = geomlearn("collection", "explain", "model/maps", "--distance", "maps", "--to", "egg0", *words, "-o", "why")
    assert run.code == 0, run.err
    found = {row["parameter"]: float(row["coordinate1"]) for row in rows(tmp_path / "why/importance.csv")}
    assert max(found, key=found.get) == "length"
    run = geomlearn("collection", "explain", "eggs", "--distance", "spectra", *words, "-o", "spectra")
    assert run.code == 0, run.err
    assert (tmp_path / "spectra/report.html").read_text().count("data:image/png") == 6


def test_families_of_shapes_and_of_a_table(geomlearn, tmp_path):
    random = np.random.default_rng(1)
    basis = random.normal(size=(2, 3, 8))
    lines = ["name," + ",".join(f"x{i}" for i in range(8))]
    for number in range(40):
        row = random.normal(size=3) @ basis[number % 2]
        lines.append(f"s{number}," + ",".join(f"{value:.6f}" for value in row))
    (tmp_path / "table.csv").write_text("\n".join(lines))
    run = geomlearn("collection", "group", "table.csv", "--n-groups", 2, "--dimension", 3, "-o", "groups.csv")
    assert run.code == 0, run.err
    labels = np.array([int(row["group"]) for row in rows(tmp_path / "groups.csv")])
    truth = np.arange(40) % 2
    assert max((labels == truth).mean(), (labels != truth).mean()) > 0.9
    (tmp_path / "few.csv").write_text("name,x\na,1\nb,2\n")
    assert geomlearn("collection", "group", "few.csv", "-o", "g.csv").code == 2


def test_refine_replaces_a_map_that_was_spoilt(geomlearn, tmp_path):
    names = ("quadruped-dog-stand", "quadruped-dog-walk", "quadruped-dog-trot", "quadruped-dog-gallop")
    for letter, name in zip("abcd", names, strict=True):
        write_shape(tmp_path / f"dogs/{letter}.off", builtin(name, 500))
    quick = (
        "--method",
        "none",
        "--k-solve",
        15,
        "--k-end",
        40,
        "--k-descriptors",
        60,
        "--n-candidates",
        1,
        "--jobs",
        1,
    )
    assert geomlearn("match", "dogs", "--all", "-o", "maps", *quick).code == 0
    assert geomlearn("collection", "refine", "maps", "-o", "maps", "--jobs", 1).code == 2
    run = geomlearn("collection", "refine", "maps", "-o", "better", "--k", 15, "--jobs", 1, "--json")
    assert run.code == 0, run.err
    before, after = (np.mean([row[f"cycle_error_{when}"] for row in run.json["rows"]]) for when in ("before", "after"))
    assert after <= before
    assert len(list((tmp_path / "better").glob("*--*.txt"))) == 12
    assert len(rows(tmp_path / "better/cycles.csv")) == 12
    # The limit shape and how the dogs differ from it; and these differences answer to nothing random.
    limit, metadata = read_arrays(tmp_path / "better/limit.npz")
    assert limit["distances"].shape == (4, 4)
    assert metadata["names"] == [one["shape"] for one in run.json["limit"]] == list("abcd")
    (tmp_path / "x.csv").write_text("name,bend\na,0\nb,1\nc,2\nd,4\n")
    words = ("--x", "x.csv", "--n-directions", 1, "--n-permutations", 20)
    run = geomlearn("collection", "explain", "maps", "--distance", "differences", *words, "-o", "why")
    assert run.code == 0, run.err
    assert len(rows(tmp_path / "why/coordinates.csv")) == 4


def test_tables_and_folders_that_do_not_do(geomlearn, eggs, tmp_path):
    (tmp_path / "bad.csv").write_text("name,a\negg0,x\n")
    run = geomlearn("collection", "explain", "eggs", "--x", "bad.csv", "-o", "out")
    assert run.code == 1
    assert "that is no number" in run.err
    run = geomlearn("collection", "refine", "eggs", "-o", "out")
    assert run.code == 1
    assert "holds no finished maps" in run.err
