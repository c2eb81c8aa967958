"""`geomlearn tune weights`: learned weights clean better than none, and misfits are said."""

from __future__ import annotations

import json

import numpy as np

from geomlearn.operators.fields.field_files import read_field
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape


def test_learned_weights_clean_fields_on_a_mesh(geomlearn, tmp_path):
    mesh = icosphere(4)
    write_shape(tmp_path / "ball.ply", mesh)
    random = np.random.default_rng(0)
    clean = np.stack([(mesh.vertices @ random.standard_normal(3) > 0) * 1.0 for _ in range(2)])
    noisy = clean + 0.2 * random.standard_normal(clean.shape)
    for name, values in (("clean", clean), ("noisy", noisy)):
        np.savez(tmp_path / f"{name}.npz", times=np.arange(2.0), values=values)
    words = ("tune", "weights", tmp_path / "ball.ply", "--noisy", "noisy.npz", "--clean", "clean.npz", "-o", "w.json")
    run = geomlearn(*words, "--step", 100, "--max-iterations", 6, "--apply", "out.npz", "--json")
    assert run.code == 0, run.err
    report = json.loads((tmp_path / "w.json").read_text())
    assert report["loss"] < 0.7 * report["loss_before"]
    found = read_field(tmp_path / "out.npz").values
    assert np.linalg.norm(found - clean) < 0.85 * np.linalg.norm(noisy - clean)
    assert run.json["theta"] == report["theta"]
    write_shape(tmp_path / "other.ply", icosphere(5))
    run = geomlearn("tune", "weights", tmp_path / "other.ply", *words[3:], "--force")
    assert run.code == 1
    assert "Give fields on this shape" in run.err
