"""`train rollout`, `train sequence` and `predict` with what they wrote."""

from __future__ import annotations

import numpy as np

from geomlearn.core.arrays import read_arrays

SMALL = ("--width", "8", "--depth", "1", "--epochs", "2", "--batch-size", "2")


def test_a_rollout_is_trained_and_continues_what_solve_saved(geomlearn):
    shapes = ("--shapes", "builtin:sphere@500", "--shapes", "builtin:torus@500", "--samples-per-shape", "2")
    assert geomlearn("data", "heat-series", "-n", "4", "-o", "series", "--frames", "26", *shapes, "-q").code == 0
    trained = ("--modes", "9", "--fields", "2", "--mixer", "gru", "--unroll", "2", *SMALL)
    run = geomlearn("train", "rollout", "--data", "series", "-o", "m.safetensors", *trained, "--json")
    assert run.code == 0, run.err
    assert run.json["equation"] == "heat"
    assert 0 <= run.json["test_error"] < 1
    assert geomlearn("train", "rollout", "--data", "series", "-o", "m.safetensors", *trained).code == 1
    # R is 1 for the unit sphere: frames 0.01 apart are the model's.
    solved = ("--vertex", "3", "--duration", "0.2", "--time-step", "0.005", "--save-every", "2", "-o", "heat.npz", "-q")
    assert geomlearn("solve", "heat", "builtin:sphere@500", *solved).code == 0
    run = geomlearn("predict", "m.safetensors", "heat.npz", "--frames", "3", "-o", "more.npz", "--json")
    assert run.code == 0, run.err
    arrays, _ = read_arrays("more.npz")
    given, _ = read_arrays("heat.npz")
    assert arrays["values"].shape == (3, 500)
    assert np.allclose(np.diff(arrays["times"]), given["times"][1])
    rule = ("--modes", "9", "--unroll", "2")
    run = geomlearn("train", "rollout", "--data", "series", "-o", "rule.safetensors", *rule, "--json")
    assert (run.code, run.json["parameters"]) == (0, 0), run.err
    # One sphere shows four eigenvalues: too few for a torus.
    assert 0 <= run.json["test_error"] < 1
    assert "nothing to train" in run.json["sentence"]
    assert geomlearn("predict", "rule.safetensors", "heat.npz", "--frames", "3", "-o", "ruled.npz").code == 0
    run = geomlearn("predict", "m.safetensors", "heat.npz", "--frames", "0", "-o", "none.npz")
    assert (run.code, "no forecast" in run.err) == (1, True)


def test_a_classifier_is_trained_and_names_sequences(geomlearn, tmp_path):
    head = "@problemName Toy\n@classLabel true up down\n@data\n"
    rows = "1,2,3,4:up\n4,3,2,1:down\n2,3,4,5:up\n5,4,3,2:down\n"
    for half in ("TRAIN", "TEST"):
        (tmp_path / f"Toy_{half}.ts").write_text(head + rows)
    flags = ("--ssm.init", "s4d-legs", "--ssm.n", "4", *SMALL)
    run = geomlearn("train", "sequence", "--data", "Toy_TRAIN.ts", "-o", "c.safetensors", *flags, "--json")
    assert run.code == 0, run.err
    assert run.json["classes"] == ["up", "down"]
    run = geomlearn("predict", "c.safetensors", "Toy_TRAIN.ts", "-o", "named.npz", "--json")
    assert run.code == 0, run.err
    assert run.json["n"] == 4
    run = geomlearn("train", "sequence", "--data", "none.ts", "-o", "d.safetensors")
    assert (run.code, "no file" in run.err) == (1, True)
