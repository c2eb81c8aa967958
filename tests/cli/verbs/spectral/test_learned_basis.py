"""basis --learned and train eigenbasis: from a folder of shapes to a model, from points to a basis."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from geomlearn.operators.training.metrics import read_metrics
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis_files import read_basis
from geomlearn.spectral.learned_eigenbasis.amortised.model import load_eigenbasis_model
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions

QUICK = ("--steps", 40, "--n-samplings", 2, "--n-points", 150, "--width", 32)
SMALL = (*("--k", 6, "--n-landmarks", 16, "--width", 16, "--n-layers", 1, "--n-heads", 2), "--n-points", 60)


@pytest.fixture
def shapes(tmp_path):
    """A folder with twelve ellipsoids, two of them clouds."""
    for i in range(12):
        ball = icosphere(4)
        vertices = ball.vertices * (1, 1 + 0.1 * i, 2)
        faces = ball.faces if i < 10 else np.zeros((0, 3), np.int64)
        write_shape(tmp_path / "shapes" / f"e{i:02d}.ply", Shape(vertices, faces))
    return tmp_path / "shapes"


def test_a_fit_gives_a_basis_like_any_other(geomlearn, ball):
    run = geomlearn("basis", ball, "-k", 9, "--learned", "fit", *QUICK, "-o", "basis.npz", "--json")
    assert run.code == 0, run.err
    assert run.json["model"] == "fit"
    basis = read_basis("basis.npz")
    assert basis.k == 9
    assert np.abs(basis.evecs.T @ (basis.mass[:, None] * basis.evecs) - np.eye(9)).max() < 1e-5
    assert geomlearn("basis", ball, "--learned", "fit", "-k", 4, *QUICK, "-o", "basis.vtp").code == 0


def test_a_potential_keeps_the_first_mode_out_of_its_hills(geomlearn, ball):
    from geomlearn.shapes.io import read_shape

    height = read_shape(ball).vertices[:, 2]
    np.save("height.npy", height)
    words = ("basis", ball, "-k", 4, "--learned", "fit", *QUICK, "--probes", "schrodinger", "-o", "b.npz")
    assert "need a potential" in geomlearn(*words).err
    run = geomlearn(*words, "--potential", "height.npy", "--n-steps", 10, "--potential-weight", 6)
    assert run.code == 0, run.err
    basis = read_basis("b.npz")
    assert basis.mass @ height < -0.05 * basis.mass.sum()
    np.save("short.npy", height[:5])
    assert "meets 642 points" in geomlearn(*words, "--potential", "short.npy", "--force").err


@pytest.mark.parametrize("suffix", [".csv", ".npy"])
def test_a_table_becomes_coordinates(geomlearn, tmp_path, suffix):
    table = np.random.default_rng(0).standard_normal((80, 6))
    if suffix == ".csv":
        np.savetxt("table.csv", table, delimiter=",", header="a,b,c,d,e,f", comments="")
    else:
        np.save("table.npy", table)
    run = geomlearn("basis", f"table{suffix}", "-k", 4, "--learned", "fit", *QUICK, "-o", f"coordinates{suffix}")
    assert run.code == 0, run.err
    if suffix == ".csv":
        assert (tmp_path / "coordinates.csv").read_text().startswith("v2,v3,v4\n")
        found = np.loadtxt("coordinates.csv", delimiter=",", skiprows=1)
    else:
        found = np.load("coordinates.npy")
    assert found.shape == (80, 3)
    assert geomlearn("basis", f"table{suffix}", "-k", 4, "--learned", "fit", *QUICK, "-o", "basis.npz").code == 0
    assert read_basis("basis.npz").k == 4


def test_a_network_is_trained_continued_and_used(geomlearn, shapes, ball):
    words = (
        "train",
        "eigenbasis",
        "--data",
        shapes,
        *SMALL,
        "--n-samplings",
        16,
        "--n-valid",
        2,
        "-o",
        "m.safetensors",
    )
    run = geomlearn(*words, "--epochs", 2, "--json")
    assert run.code == 0, run.err
    assert run.json["n_train"] == 16
    assert "reconstruction" in run.json["validation"]
    assert "exists already" in geomlearn(*words, "--epochs", 2).err
    used = geomlearn("basis", ball, "--learned", "m.safetensors", "-o", "basis.npz", "--json")
    assert used.code == 0, used.err
    assert used.json["k"] == 6
    assert used.json["model"] == "m"
    refined = geomlearn("basis", ball, "-k", 4, "--learned", "m.safetensors", "--refine", "-o", "r.npz", "--json")
    assert refined.json["refined"]
    assert "gives 6" in geomlearn("basis", ball, "-k", 7, "--learned", "m.safetensors", "-o", "x.npz").err


def test_two_processes_learn_what_one_does(geomlearn, shapes, tmp_path):
    words = ("train", "eigenbasis", "--data", shapes, *SMALL, "--n-samplings", 8, "--n-valid", 2, "--epochs", 2)
    words = (*words, "--batch-size", 4, "--device", "cpu", "-o")
    assert geomlearn(*words, "one.safetensors", "--quiet").code == 0
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "-m",
        "geomlearn.app.cli.main",
    ]
    command = [*launch, *map(str, words), "two.safetensors", "--quiet"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=120)
    alone, together = (read_metrics(tmp_path / f"{name}.run" / "metrics.jsonl") for name in ("one", "two"))
    assert len(alone) == len(together) == 2
    for one, two in zip(alone, together, strict=True):
        assert two["train_loss"] == pytest.approx(one["train_loss"], rel=1e-5)
        assert two["valid_reconstruction"] == pytest.approx(one["valid_reconstruction"], rel=1e-5)
    # Weights without influence on the span, such as the head's bias, follow rounding; the bases agree.
    points = icosphere(6).vertices * (1, 1.3, 2)
    first, second = (load_eigenbasis_model(tmp_path / f"{name}.safetensors") for name in ("one", "two"))
    asked = BasisModelOptions(k=6)
    assert np.allclose(first.basis(points, asked).evals, second.basis(points, asked).evals, rtol=1e-2)


def test_what_cannot_work_is_told(geomlearn, ball, tmp_path):
    (tmp_path / "words.csv").write_text("1,2\n3,four\n")
    assert (
        "Line 2 of words.csv is not 2 numbers" in geomlearn("basis", "words.csv", "--learned", "fit", "-o", "a.npz").err
    )
    np.save("flat.npy", np.arange(5))
    assert "no table of numbers" in geomlearn("basis", "flat.npy", "--learned", "fit", "-o", "a.npz").err
    np.save("holes.npy", np.where(np.arange(40) == 7, np.nan, 1.0 * np.arange(40)).reshape(20, 2))
    assert "not finite" in geomlearn("basis", "holes.npy", "-k", 3, "--learned", "fit", "-o", "a.npz").err
    np.save("few.npy", np.eye(4))
    assert "4 distinct points" in geomlearn("basis", "few.npy", "-k", 9, "--learned", "fit", "-o", "a.npz").err
    assert "cannot be written as .csv" in geomlearn("basis", ball, "--learned", "fit", "-o", "a.csv").err
    assert "no folder" in geomlearn("train", "eigenbasis", "--data", "nowhere", "-o", "m.safetensors").err
    assert "no shapes to learn from" in geomlearn("train", "eigenbasis", "-o", "m.safetensors").err
    (tmp_path / "m.safetensors").write_bytes(b"none")
    assert "no model file" in geomlearn("basis", ball, "--learned", "m.safetensors", "-o", "a.npz").err
