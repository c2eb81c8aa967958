"""`geomlearn sense`: place, read, fit and calibrate on a mesh and on a cloud, and what is refused."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from geomlearn.operators.fields.field_files import read_field
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import read_shape, write_shape
from geomlearn.shapes.shape import Shape


def rows(path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def smooth(points: np.ndarray) -> np.ndarray:
    return points[:, 0] + 2 * points[:, 1] * points[:, 2]


def place(geomlearn, *words):
    run = geomlearn("sense", "place", *words, "--json")
    assert run.code == 0, run.err
    return run.json


def test_a_field_is_rebuilt_from_placed_sensors(geomlearn, ball, tmp_path):
    facts = place(geomlearn, ball, "-k", 16, "-n", 40, "-o", "s.csv", "--seed", 3)
    assert facts["lambda_min"] > 0
    assert facts["error_factor"] > 1
    assert len(facts["vertices"]) == 40
    assert [int(row["vertex"]) for row in rows(tmp_path / "s.csv")] == facts["vertices"]
    truth = smooth(read_shape(ball).vertices)
    lines = "".join(f"{v},{truth[v]}\n" for v in facts["vertices"])
    (tmp_path / "values.csv").write_text("vertex,value\n" + lines)
    run = geomlearn("sense", "fit", ball, "-k", 16, "--sensors", "s.csv", "--samples", "values.csv", "-o", "f.npz")
    assert run.code == 0, run.err
    series = read_field(tmp_path / "f.npz")
    assert series.names == ("u", "u_band")
    found = series.values[0]
    assert np.sqrt(np.mean((found[:, 0] - truth) ** 2)) < 0.05 * truth.std()
    run = geomlearn("render", ball, "--field", "f.npz:u_band:0", "-o", "f.png", "--size", "64x64")
    assert run.code == 0, run.err


def test_sensors_of_one_mesh_serve_another_and_a_cloud(geomlearn, ball, tmp_path):
    place(geomlearn, ball, "-k", 9, "-n", 30, "-o", "s.csv")
    positions = np.array([[float(row[c]) for c in "xyz"] for row in rows(tmp_path / "s.csv")])
    snapshots = np.stack([smooth(positions), 2 * smooth(positions)])
    np.savetxt(tmp_path / "y.csv", snapshots, delimiter=",")
    finer = icosphere(12)
    write_shape(tmp_path / "cloud.ply", Shape(finer.vertices))
    for shape in ("builtin:icosphere@1442", tmp_path / "cloud.ply"):
        run = geomlearn(
            *("sense", "fit", shape, "-k", 9, "--sensors", "s.csv", "--samples", "y.csv", "-o", "f.npz"),
            *("--json", "--force"),
        )
        assert run.code == 0, run.err
        assert 0 < run.json["distance"] < 0.1
        assert run.json["snapshots"] == 2
        assert read_field(tmp_path / "f.npz").values.shape[0] == 2


def test_demands_are_kept(geomlearn, ball, tmp_path):
    (tmp_path / "brush.txt").write_text("".join(f"{int(i < 100)}\n" for i in range(642)))
    facts = place(
        geomlearn,
        *(ball, "-k", 9, "-n", 30, "-o", "s.csv", "--required", 3, 600, "--forbidden", "z < -0.5"),
        *("--at-most", "4:brush.txt", "--exactly", "5:x > 0.4", "--distance", 0.2, "--cost", "1 + y"),
    )
    vertices, points = np.array(facts["vertices"]), read_shape(ball).vertices
    assert {3, 600} <= set(facts["vertices"])
    assert (points[vertices, 2] >= -0.5).all()
    assert (vertices < 100).sum() <= 4
    assert (points[vertices, 0] > 0.4).sum() == 5


def test_a_polygon_is_a_part_like_a_formula_and_none_is_told(geomlearn, ball):
    words = (ball, "-k", 9, "-n", 20, "-o", "s.csv", "--exactly", "4:xz: 0,-2 2,-2 2,2 0,2")
    points = read_shape(ball).vertices[place(geomlearn, *words)["vertices"]]
    inside = points[:, 0] > 0
    assert inside.sum() == 4
    refused = geomlearn("sense", "place", ball, "-o", "t.csv", "--at-most", "4:xy: 0,0 1,1")
    assert refused.code == 1 and "'0,0 1,1' is no polygon" in refused.err


def test_modes_of_training_fields_serve_as_well(geomlearn, ball, tmp_path):
    points = read_shape(ball).vertices
    rng = np.random.default_rng(0)
    fields = rng.normal(size=(9, 3)) @ np.stack([points[:, 0] ** 3, np.exp(points[:, 1]), points[:, 2]])
    np.savez(tmp_path / "train.npz", values=fields)
    facts = place(geomlearn, ball, "-k", 3, "-n", 5, "--fields", "train.npz", "--law", "qdeim", "-o", "s.csv")
    truth = np.array([1.0, -2, 0.5]) @ np.stack([points[:, 0] ** 3, np.exp(points[:, 1]), points[:, 2]])
    np.savetxt(tmp_path / "y.csv", truth[None, facts["vertices"]], delimiter=",")
    words = ("-k", 3, "--fields", "train.npz", "--sensors", "s.csv", "--samples", "y.csv", "-o", "f.npz")
    assert geomlearn("sense", "fit", ball, *words).code == 0
    assert read_field(tmp_path / "f.npz").values[0, :, 0] == pytest.approx(truth, abs=1e-8)


def test_a_scan_off_the_vertices_is_fitted(geomlearn, ball, tmp_path):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(3000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    np.savez(tmp_path / "scan.npz", points=points, values=smooth(points) + 0.1 * rng.normal(size=3000))
    words = ("sense", "fit", ball, "-k", 16, "--samples", "scan.npz", "--solver", "sketch", "-o", "f.npz", "--json")
    run = geomlearn(*words)
    assert run.code == 0, run.err
    assert run.json["bound"][0] > 0
    truth = smooth(read_shape(ball).vertices)
    assert np.abs(read_field(tmp_path / "f.npz").values[0, :, 0] - truth).max() < 0.2


def test_gains_are_found_and_dead_sensors_named(geomlearn, ball, tmp_path):
    facts = place(geomlearn, ball, "-k", 9, "-n", 40, "-o", "s.csv")
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    modes = eigenbasis(read_shape(ball), EigenbasisOptions(k=9)).evecs[facts["vertices"]]
    rng = np.random.default_rng(0)
    gains = rng.uniform(0.7, 1.3, 40)
    gains[7] = 0
    np.savetxt(tmp_path / "y.csv", gains * (rng.normal(size=(8, 9)) @ modes.T), delimiter=",")
    words = ("sense", "calibrate", ball, "-k", 9, "--sensors", "s.csv", "--snapshots", "y.csv", "-o", "g.csv")
    run = geomlearn(*words, "--field", "f.npz", "--json")
    assert run.code == 0, run.err
    assert "Dead sensors, counted from 0 in their file: 7." in run.err
    found = np.array([float(row["gain"]) for row in rows(tmp_path / "g.csv")])
    assert found / np.delete(found, 7).mean() == pytest.approx(gains / np.delete(gains, 7).mean(), abs=1e-9)
    assert read_field(tmp_path / "f.npz").values.shape == (8, 642)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("place", "BALL", "-k", 30, "-n", 20, "-o", "s.csv"), "20 sensors cannot determine 30 modes"),
        (("place", "BALL", "-k", 9, "-n", 20, "-o", "s.npz"), "cannot be written as .npz"),
        (("place", "BALL", "-k", 9, "-n", 20, "-o", "s.csv", "--exactly", "x > 0"), "is not N:WHERE"),
        (("place", "BALL", "-k", 9, "-n", 20, "-o", "s.csv", "--distance", 2), "No more than"),
        (("fit", "BALL", "-k", 9, "--samples", "few.csv", "-o", "f.npz"), "2 readings cannot determine 9 modes"),
        (("fit", "BALL", "-k", 9, "--samples", "bare.csv", "-o", "f.npz"), "does not say where"),
        (("fit", "BALL", "-k", 2, "--samples", "nan.csv", "-o", "f.npz"), "No reading is a finite number"),
        (("fit", "BALL", "-k", 2, "--samples", "away.csv", "-o", "f.npz"), "samples lie off"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(geomlearn, ball, tmp_path, words, sentence):
    (tmp_path / "few.csv").write_text("vertex,value\n1,2\n3,4\n")
    (tmp_path / "bare.csv").write_text("1,2,3\n")
    (tmp_path / "nan.csv").write_text("vertex,value\n1,nan\n3,nan\n")
    (tmp_path / "away.csv").write_text("x,y,z,value\n9,9,9,1\n1,0,0,1\n0,1,0,1\n")
    run = geomlearn("sense", *(ball if word == "BALL" else word for word in words))
    assert run.code in (1, 2)
    assert sentence in run.err
    assert "Defect" not in run.err
    assert not (tmp_path / "f.npz").exists()
