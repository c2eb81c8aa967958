"""People's own data at the command line: said before training, judged whole, and models that are never lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geomlearn.app.cli.terminal import Terminal
from geomlearn.app.cli.verbs.learning.train.runs import written
from geomlearn.core.errors import GeomError
from geomlearn.shapes.builtin import icosphere

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = ("--width", "2", "--modes", "2", "--epochs", "1", "--batch-size", "4", "--device", "cpu")


@pytest.fixture
def lines():
    x = np.random.default_rng(0).standard_normal((60, 64, 2))
    np.savez("lines.npz", x=x, y=2 * x)
    np.savez("others.npz", x=x[:10], y=2 * x[:10])
    return "lines.npz"


def test_what_was_read_is_said_before_training(geomlearn, lines):
    run = geomlearn("train", "fno", "--data", lines, *SMALL, "-o", "m.safetensors")
    assert run.code == 0, run.err
    text = run.out + run.err
    assert "60 samples, 1-D grid of 64, 2 channels" in text
    assert text.index("60 samples, 1-D grid") < text.index("relative L2")


def test_other_data_is_judged_whole_and_that_of_the_training_by_its_last_samples(geomlearn, lines):
    assert geomlearn("train", "fno", "--data", lines, "--test-size", "7", *SMALL, "-o", "m.safetensors").code == 0
    count = {
        name: len(geomlearn("evaluate-operator", "m.safetensors", "--data", name, "--json").json["errors"])
        for name in (lines, "others.npz")
    }
    assert count == {lines: 7, "others.npz": 10}
    every = geomlearn("evaluate-operator", "m.safetensors", "--data", lines, "--part", "all", "--json").json
    assert len(every["errors"]) == 60
    Path(lines).rename("renamed.npz")
    again = geomlearn("evaluate-operator", "m.safetensors", "--data", "renamed.npz", "--json").json
    assert len(again["errors"]) == 7


def test_axes_that_cannot_be_told_are_asked_for_and_taken(geomlearn):
    x = np.random.default_rng(0).standard_normal((8, 20, 32, 32))
    np.savez("d.npz", p=x, q=x)
    named = ("--inputs", "p", "--targets", "q")
    asked = geomlearn("train", "fno", "--data", "d.npz", *named, *SMALL, "-o", "m.safetensors")
    assert asked.code == 1
    assert "--axes" in asked.err
    run = geomlearn("train", "fno", "--data", "d.npz", *named, "--axes", "ntxy", *SMALL, "-o", "m.safetensors")
    assert run.code == 0, run.err
    assert "8 samples, 2-D grid of 32 × 32, 20 channels" in run.out + run.err
    # Judging and asking read the file, and inputs without targets, as the training did.
    assert len(geomlearn("evaluate-operator", "m.safetensors", "--data", "d.npz", "--json").json["errors"]) == 2
    np.savez("new.npz", p=x[:3])
    for name, count in (("d.npz", 8), ("new.npz", 3)):
        run = geomlearn("predict", "m.safetensors", name, "-o", f"answer-{name}")
        assert run.code == 0, run.err
        assert np.load(f"answer-{name}")["prediction"].shape == (count, 32, 32, 20)


def test_resume_refuses_other_data(geomlearn, lines):
    first = ("train", "fno", "--data", lines, *SMALL, "-o", "m.safetensors")
    assert geomlearn(*first).code == 0
    x = np.random.default_rng(1).standard_normal((60, 64, 2))
    np.savez(lines, x=x, y=2 * x)
    run = geomlearn(*first, "--resume")
    assert run.code == 1
    assert "started on other data" in run.err


def test_a_model_whose_name_is_taken_is_written_beside(tmp_path):
    def save(path, force):
        if path.exists() and not force:
            raise GeomError(f"{path.name} exists already.")
        path.write_text("model")

    target = tmp_path / "m.safetensors"
    target.write_text("other")
    (tmp_path / "m-2.safetensors").write_text("other")
    terminal = Terminal(quiet=True)
    assert written(save, target, tmp_path, force=False, terminal=terminal) == tmp_path / "m-3.safetensors"
    assert target.read_text() == "other"
    assert written(save, target, tmp_path, force=True, terminal=terminal) == target

    # No room beside: anywhere else.
    def full(path, force):
        if path.parent == tmp_path:
            raise GeomError("no space left")
        path.write_text("model")

    place = written(full, target, tmp_path, force=True, terminal=terminal)
    assert place.read_text() == "model"
    place.unlink()

    def never(path, force):
        raise GeomError("no space left")

    with pytest.raises(GeomError, match="no space left") as caught:
        written(never, target, tmp_path, force=True, terminal=terminal)
    assert "--resume" in caught.value.hint


def test_one_series_is_forecast_by_dmd_and_trained_on_in_windows(geomlearn):
    shape = icosphere(8)
    times = np.arange(60)
    values = np.cos(0.2 * times)[:, None] * shape.vertices[:, 0] + 0.9 ** times[:, None] * shape.vertices[:, 1]
    np.savez("series.npz", vertices=shape.vertices, faces=shape.faces, values=values)
    run = geomlearn(
        "forecast", "series.npz", "--frames", "4", "--method", "dmd", "--time-limit", "500", "-o", "f.npz", "--json"
    )
    assert run.code == 0, run.err
    errors = {row["name"]: row["error"] for row in run.json["candidates"]}
    assert errors["dmd"] < 0.01 < errors["persistence"]
    made = np.load("f.npz")["values"]
    after = np.arange(60, 64)
    truth = np.cos(0.2 * after)[:, None] * shape.vertices[:, 0] + 0.9 ** after[:, None] * shape.vertices[:, 1]
    assert np.linalg.norm(made - truth) < 0.02 * np.linalg.norm(truth)
    # Two modes that swing, each at the pace of its eigenvalue: what the rule can hold.
    second = shape.vertices[:, 2] ** 2 - 1 / 3
    waves = np.cos(0.2 * times)[:, None] * shape.vertices[:, 0] + np.cos(0.34 * times)[:, None] * second
    np.savez("waves.npz", vertices=shape.vertices, faces=shape.faces, values=waves)
    sizes = ("--modes", "9", "--history", "6", "--horizon", "8")
    trained = geomlearn("train", "rollout", "--data", "waves.npz", *sizes, "-o", "r.safetensors", "--json")
    assert trained.code == 0, trained.err
    assert trained.json["n_test"] == 1
    assert trained.json["test_error"] < 0.1


def test_a_field_with_frames_like_a_model_is_continued_by_it(geomlearn, ball):
    for i in range(4):
        clock = ("--duration", 0.6, "--time-step", 0.01, "--save-every", 2)
        run = geomlearn("solve", "heat", ball, "--vertex", 7 * i, *clock, "-o", f"fields/{i}.npz")
        assert run.code == 0, run.err
    sizes = ("--modes", "9", "--history", "6", "--horizon", "8")
    assert geomlearn("train", "rollout", "--data", "fields", *sizes, "-o", "r.safetensors").code == 0
    other = geomlearn("solve", "heat", "builtin:torus@600", "-o", "plain.npz")
    assert other.code == 0
    refused = geomlearn("predict", "r.safetensors", "plain.npz", "-o", "no.npz")
    assert refused.code == 1
    assert "--frames-like" in refused.err
    like = geomlearn("solve", "heat", "builtin:torus@600", "--frames-like", "r.safetensors", "-o", "like.npz")
    assert like.code == 0, like.err
    run = geomlearn("predict", "r.safetensors", "like.npz", "--frames", 3, "-o", "yes.npz")
    assert run.code == 0, run.err


def test_a_series_on_a_grid_is_forecast_and_its_table_is_printed(geomlearn):
    x = np.arange(12) / 12
    values = 0.95 ** np.arange(20)[:, None, None] * np.cos(2 * np.pi * x)[None, :, None] * np.ones(12)
    np.savez("grid.npz", values=values)
    run = geomlearn("forecast", "grid.npz", "--frames", "3", "--time-limit", "500", "-o", "later.npz")
    assert run.code == 0, run.err
    assert "persistence" in run.out
    made = np.load("later.npz")
    np.testing.assert_allclose(made["times"], [20, 21, 22])
    assert np.linalg.norm(made["values"][0] - 0.95 * values[-1]) < 0.01 * np.linalg.norm(values[-1])
    np.savez("none.npz", values=np.ones(4))
    bad = geomlearn("forecast", "none.npz", "-o", "f.npz")
    assert (bad.code, "no series on a grid" in bad.err) == (1, True)
