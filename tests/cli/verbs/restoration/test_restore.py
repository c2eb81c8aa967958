"""`geomlearn train lpn` and `restore`: from examples to a prior to what it restores, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.fields.field_files import read_field
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import read_shape, write_shape
from geomlearn.shapes.shape import Shape

BALL = icosphere(3)
QUICK = ("--steps", 60, "--hidden", 12, "--layers", 2, "--batch-size", 32, "--loss", "l2", "--rate", "5e-3")


@pytest.fixture
def files(tmp_path):
    """Fields on a ball, some with noise, some with holes; stretched balls; small images."""
    random = np.random.default_rng(0)
    write_shape(tmp_path / "ball.ply", BALL)
    fields = random.standard_normal((80, 3)) @ BALL.vertices.T
    np.savez(tmp_path / "fields.npz", values=fields)
    np.savez(tmp_path / "noisy.npz", values=fields[:3] + 0.3 * random.standard_normal((3, BALL.n_vertices)))
    np.savez(tmp_path / "holes.npz", values=np.where(BALL.vertices[:, 2] > 0.3, np.nan, fields[:3]))
    np.save(tmp_path / "sensors.npy", np.arange(0, BALL.n_vertices, 8))
    np.save(tmp_path / "wrong.npy", np.array([1, 9999]))
    (tmp_path / "bodies").mkdir()
    for number in range(24):
        stretched = BALL.vertices * np.exp(0.2 * random.standard_normal(3))
        write_shape(tmp_path / "bodies" / f"{number:02}.ply", Shape(stretched, BALL.faces))
    np.savez(tmp_path / "images.npz", x=random.random((30, 6, 6)))
    return tmp_path


def test_fields_are_denoised_completed_and_rebuilt_from_sensors(geomlearn, files):
    run = geomlearn(
        "train", "lpn", "--data", "fields.npz", "--shape", "ball.ply", "--modes", 8, *QUICK, "-o", "p.safetensors"
    )
    assert run.code == 0, run.err
    true = np.load(files / "fields.npz")["values"][:3]
    for name, words in (
        ("noisy", ()),
        ("holes", ("--op", "mask", "--noise", 0.05, "--max-iterations", 60)),
        ("noisy", ("--op", "sensors", "--at", "sensors.npy", "--noise", 0.3, "--max-iterations", 60)),
        ("noisy", ("--op", "blur", "--width", 0.01, "--noise", 0.3, "--max-iterations", 20)),
    ):
        run = geomlearn(
            "restore", f"{name}.npz", "--prior", "p.safetensors", *words, "-o", "out.npz", "--force", "--json"
        )
        assert run.code == 0, run.err
        assert run.json["certified"] and len(run.json["scores"]) == 3
        found = read_field(files / "out.npz").values
        assert np.linalg.norm(found - true) < 0.6 * np.linalg.norm(true)


def test_bodies_and_images(geomlearn, files):
    quick = [*QUICK, "--modes", 3, "--sigma", 0.1]
    assert geomlearn("train", "lpn", "--data", "bodies", *quick, "-o", "b.safetensors").code == 0
    run = geomlearn("restore", "bodies/03.ply", "--prior", "b.safetensors", "-o", "body.ply")
    assert run.code == 0, run.err
    before, after = (read_shape(files / name).vertices for name in ("bodies/03.ply", "body.ply"))
    assert np.abs(before - after).max() < 0.3
    assert (
        geomlearn("train", "lpn", "--data", "images.npz", "--steps", 5, "--hidden", 3, "-o", "i.safetensors").code == 0
    )
    run = geomlearn(
        "restore", "images.npz", "--prior", "i.safetensors", "--op", "blur", "--max-iterations", 2, "-o", "j.npz"
    )
    assert run.code == 0, run.err
    assert np.load(files / "j.npz")["images"].shape == (30, 6, 6)


def test_what_cannot_be_is_a_sentence(geomlearn, files):
    train = ("train", "lpn", "--data", "fields.npz", "--shape", "ball.ply", "--modes", 8, "--steps", 2, "--hidden", 2)
    assert geomlearn(*train, "-o", "p.safetensors").code == 0
    np.savez(files / "nan.npz", values=np.full((30, BALL.n_vertices), np.nan))
    np.savez(files / "few.npz", values=np.zeros((3, BALL.n_vertices)))
    np.savez(files / "other.npz", values=np.zeros((2, 7)))
    elsewhere = {"vertices": BALL.vertices * 2, "faces": BALL.faces}
    np.savez(files / "elsewhere.npz", values=np.zeros((1, BALL.n_vertices)), **elsewhere)
    restore = ("restore", "noisy.npz", "--prior", "p.safetensors", "-o", "out.npz")
    for words, sentence in (
        ((*train[:3], "nan.npz", *train[4:], "-o", "q.safetensors"), "not finite"),
        ((*train[:3], "few.npz", *train[4:], "-o", "q.safetensors"), "too few"),
        ((*train[:3], "gone.npz", *train[4:], "-o", "q.safetensors"), "no file"),
        (("restore", "other.npz", *restore[2:]), "signals with"),
        (("restore", "elsewhere.npz", *restore[2:]), "another shape"),
        (("restore", "holes.npz", *restore[2:]), "--op mask"),
        ((*restore, "--sigma", 1e3), "up to its own"),
        ((*restore, "--op", "sensors"), "--at"),
        ((*restore, "--op", "sensors", "--at", "wrong.npy"), "9999"),
        (("restore", "noisy.npz", "--prior", "fields.npz", "-o", "out.npz"), "no learned prior"),
    ):
        run = geomlearn(*words)
        assert run.code in (1, 2) and sentence in run.err, run.err
        assert "Traceback" not in run.err
