"""`geomlearn sense` for localized fields: few bumps, learned steps, modes of a film, patches."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.operators.fields.field_files import read_field
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.shape import Shape


@pytest.fixture
def ball(tmp_path):
    write_shape(tmp_path / "ball.ply", icosphere(8))
    return tmp_path / "ball.ply"


def spot(points: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.exp(-np.sum((points - at) ** 2, 1) / 0.1)


def test_a_spot_from_fewer_sensors_than_modes_and_by_learned_steps(geomlearn, ball, tmp_path):
    points = icosphere(8).vertices
    assert geomlearn("sense", "place", ball, "-k", 36, "-n", 50, "-o", "s.csv", "--law", "fps").code == 0
    sensors = np.loadtxt(tmp_path / "s.csv", delimiter=",", skiprows=1)[:, 0].astype(int)
    np.savetxt(tmp_path / "y.csv", spot(points, points[7])[sensors][None], delimiter=",")
    words = ("sense", "fit", ball, "-k", 64, "--sensors", "s.csv", "--samples", "y.csv", "--force")
    assert geomlearn(*words, "-o", "f.npz").code == 1
    run = geomlearn(*words, "--solver", "sparse", "-o", "f.npz", "--json")
    assert run.code == 0, run.err
    found = read_field(tmp_path / "f.npz").values[0]
    assert np.argmax(found.ravel()) in np.flatnonzero(np.linalg.norm(points - points[7], axis=1) < 0.35)
    learn = ("sense", "unfold", ball, "-k", 64, "--sensors", "s.csv", "--n-layers", 2, "--n-steps", 3)
    run = geomlearn(*learn, "-o", "steps.safetensors", "--json")
    assert run.code == 0, run.err
    assert len(run.json["steps"]) == 2
    assert geomlearn(*words, "--solver", "sparse", "--steps", "steps.safetensors", "-o", "g.npz").code == 0
    run = geomlearn(*words, "--steps", "steps.safetensors", "-o", "h.npz")
    assert run.code == 2
    assert "--solver sparse" in run.err


def test_modes_of_a_film_go_on_where_they_were(geomlearn, ball, tmp_path):
    points, random = icosphere(8).vertices, np.random.default_rng(0)
    bumps = np.stack([spot(points, points[i]) for i in (3, 90, 200)])
    names = []
    for frame in range(12):
        names.append(tmp_path / f"frame{frame:02}.ply")
        weights = random.standard_normal(3) * (random.random(3) < 0.5)
        write_shape(names[-1], Shape(points * (1 + 0.2 * weights @ bumps)[:, None], icosphere(8).faces))
    words = ("-k", 16, "-o", "m.npz", "--n-atoms", 4, "--batch-size", 2, "--json")
    run = geomlearn("sense", "modes", *names, *words)
    assert run.code == 0, run.err
    assert read_field(tmp_path / "m.npz").values.shape == (4, len(points), 3)
    assert geomlearn("sense", "modes", *names[:7], *words, "--online", "--force").code == 0
    run = geomlearn("sense", "modes", names[0], *names[7:], *words, "--online")
    assert run.code == 0, run.err
    assert run.json["n_frames"] == 12
    write_shape(tmp_path / "other.ply", icosphere(5))
    run = geomlearn("sense", "modes", names[0], tmp_path / "other.ply", *words, "--force")
    assert run.code == 1
    assert "one mesh that moves" in run.err


def test_patches_learned_on_fields_clean_another(geomlearn, ball, tmp_path):
    points, random = icosphere(8).vertices, np.random.default_rng(1)
    fields = np.stack([spot(points, points[i]) for i in random.integers(0, len(points), 8)])
    np.savez(tmp_path / "train.npz", times=np.arange(8.0), values=fields)
    clean = spot(points, points[33])
    noisy = clean + 0.1 * random.standard_normal(len(points))
    np.savez(tmp_path / "noisy.npz", times=np.arange(1.0), values=noisy[None])
    words = ("sense", "patches", ball, "--centres", 150, "--radius", 0.15)
    learn = ("--n-atoms", 20, "--n-batches", 10, "--activity", 0.1)
    run = geomlearn(*words, "--fields", "train.npz", *learn, "-o", "d.npz")
    assert run.code == 0, run.err
    run = geomlearn(*words, "--fields", "noisy.npz", "--dictionary", "d.npz", "-o", "clean.npz")
    assert run.code == 0, run.err
    found = read_field(tmp_path / "clean.npz").values.ravel()
    assert np.linalg.norm(found - clean) < 0.7 * np.linalg.norm(noisy - clean)
    run = geomlearn(*words, "--fields", "noisy.npz", "--dictionary", "train.npz", "-o", "no.npz")
    assert run.code == 1
    assert "holds no dictionary" in run.err
