"""tune: every combination gets the time of the others, test samples stay unseen, and a stopped grid goes on."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("one_thread")

GRID = ("--optimizer", "adamw", "muon", "--learning-rate", "1e-3", "1e-2", "--seconds", "0.2", "--batch-size", "4")
SMALL = ("--width", "4", "--scales", "1", "--device", "cpu")


@pytest.fixture
def darcy(geomlearn):
    assert geomlearn("data", "darcy", "-n", "16", "--resolution", "9", "--jobs", "1", "-o", "d").code == 0
    return "d"


def test_a_grid_is_ranked_and_says_how_to_train(geomlearn, darcy, tmp_path):
    run = geomlearn("tune", "unet", "--data", darcy, *GRID, *SMALL, "-o", "t.json")
    assert run.code == 0, run.err
    report = json.loads((tmp_path / "t.json").read_text())
    trials = report["trials"]
    assert {(t["optimizer"], t["learning_rate"]) for t in trials} == {
        (rule, rate) for rule in ("adamw", "muon") for rate in (1e-3, 1e-2)
    }
    errors = [t["errors"][0] for t in trials]
    assert errors == sorted(errors)
    assert all(t["epochs"] >= 1 and t["state_bytes"] > 0 and t["time_s"] > 0 for t in trials)
    best = trials[0]
    assert f"geomlearn train unet --data d -o unet.safetensors --optimizer {best['optimizer']}" in " ".join(
        run.out.split()
    )
    assert "10 samples to learn from and 3 to judge by" in " ".join(run.out.split())
    again = geomlearn("tune", "unet", "--data", darcy, *GRID, *SMALL, "-o", "t.json")
    assert "exists already" in again.err


def test_a_resumed_grid_keeps_its_trials_and_another_grid_is_refused(geomlearn, darcy, tmp_path):
    geomlearn("tune", "unet", "--data", darcy, *GRID, *SMALL, "-o", "t.json")
    path = tmp_path / "t.trials" / "trials.json"
    state = json.loads(path.read_text())
    kept = {key: row for key, row in state["trials"].items() if key != "2"}
    path.write_text(json.dumps({**state, "trials": kept}))
    resumed = geomlearn("tune", "unet", "--data", darcy, *GRID, *SMALL, "-o", "t.json", "--resume", "--json")
    assert resumed.code == 0, resumed.err
    after = json.loads(path.read_text())
    assert {key: after["trials"][key] for key in kept} == kept
    # A trial that was stopped keeps its length, and so repeats its error to the last bit.
    assert after["trials"]["2"]["errors"] == state["trials"]["2"]["errors"]
    other = geomlearn("tune", "unet", "--data", darcy, *SMALL, "--seconds", "0.2", "-o", "t.json", "--resume")
    assert other.code == 1
    assert "another grid" in other.err


def test_newton_is_tried_once_with_all_samples_and_divergence_is_told(geomlearn, darcy):
    words = ("--optimizer", "gns", "sgd", "--learning-rate", "1e-3", "10", "--schedule", "constant", "--seconds", "0.1")
    run = geomlearn("tune", "deeponet", "--data", darcy, *words, "--batch-size", "4", "-o", "t.json", "--json")
    assert run.code == 0, run.err
    trials = run.json["trials"]
    assert [t["learning_rate"] for t in trials if t["optimizer"] == "gns"] == [None]
    assert len(trials) == 3
    assert trials[-1]["learning_rate"] == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--learning-rate", "100"), "less than or equal to 10"),
        (("--regularizer", "orthconv:1"), "no regularizer"),
        (("--optimizer", "adamax"), "adamax"),
    ],
)
def test_a_grid_that_means_nothing_is_wrong_usage(geomlearn, darcy, words, said):
    run = geomlearn("tune", "unet", "--data", darcy, *words, "-o", "t.json")
    assert run.code == 2
    assert said in run.err
