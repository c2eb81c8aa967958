"""data, train, predict and evaluate-operator: from nothing to an answer, and sentences where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.arrays import read_arrays
from geomlearn.operators.data.options import TASKS
from geomlearn.operators.models.table import MODELS
from geomlearn.shapes.load import load_shape

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = ("--epochs", "2", "--batch-size", "4", "--device", "cpu")


@pytest.fixture
def darcy(geomlearn):
    run = geomlearn("data", "darcy", "-n", "10", "--seed", "1", "--resolution", "9", "--jobs", "1", "-o", "d")
    assert run.code == 0, run.err
    return "d"


@pytest.fixture
def unet(geomlearn, darcy):
    run = geomlearn("train", "unet", "--data", darcy, "--width", "4", "--scales", "1", *QUICK, "-o", "u.safetensors")
    assert run.code == 0, run.err
    return "u.safetensors"


def test_data_says_what_it_made_and_makes_the_same_again(geomlearn, darcy):
    again = geomlearn(
        "data",
        "darcy",
        "-n",
        "10",
        "--seed",
        "1",
        "--resolution",
        "9",
        "--jobs",
        "1",
        "-o",
        "e",
        "--no-cache",
        "--json",
    )
    assert again.json["inputs"] == ["permeability"]
    one, other = (read_arrays(f"{folder}/samples.h5")[0] for folder in (darcy, "e"))
    np.testing.assert_array_equal(one["targets"], other["targets"])
    refused = geomlearn("data", "darcy", "-n", "2", "-o", darcy)
    assert refused.code == 1
    assert "exists already" in refused.err


def test_training_judging_and_asking(geomlearn, darcy, unet):
    judged = geomlearn("evaluate-operator", unet, "--data", darcy, "--device", "cpu", "--json").json
    assert (judged["model"], len(judged["errors"])) == ("unet", 2)
    assert judged["relative_l2"] == pytest.approx(judged["trained"]["test_error"], rel=1e-3)
    everything = geomlearn("evaluate-operator", unet, "--data", darcy, "--part", "all", "--json").json
    assert len(everything["errors"]) == 10
    assert geomlearn("predict", unet, darcy, "-o", "p.npz", "--device", "cpu").code == 0
    answers, metadata = read_arrays("p.npz")
    assert answers["prediction"].shape == (10, 9, 9, 1)
    assert metadata["names"] == ["pressure"]


def test_bare_arrays_are_inputs_too(geomlearn, unet):
    np.save("one.npy", np.ones((9, 9)))
    np.save("many.npy", np.ones((3, 9, 9)))
    for name, count in (("one", 1), ("many", 3)):
        assert geomlearn("predict", unet, f"{name}.npy", "-o", f"{name}.npz").code == 0
        assert len(read_arrays(f"{name}.npz")[0]["prediction"]) == count
    np.save("wrong.npy", np.ones((2, 2, 9, 9)))
    run = geomlearn("predict", unet, "wrong.npy", "-o", "w.npz")
    assert (run.code, "the model takes (N, n, n, 1)" in run.err) == (1, True)
    np.save("gaps.npy", np.full((9, 9), np.nan))
    assert "not finite" in geomlearn("predict", unet, "gaps.npy", "-o", "g.npz").err


def test_a_run_is_continued_with_resume_and_begun_anew_with_force(geomlearn, darcy, unet):
    command = ("train", "unet", "--data", darcy, "--width", "4", "--scales", "1", *QUICK, "-o", unet)
    assert "exists already" in geomlearn(*command).err
    resumed = geomlearn(*command, "--resume", "--json").json
    assert len(resumed["history"]) == 2
    anew = geomlearn(*command, "--force", "--json").json
    assert anew["history"] == resumed["history"]


def test_shapes_from_end_to_end(geomlearn, ball):
    made = geomlearn(
        "data", "heat-on-shapes", "-n", "5", "--shapes", str(ball), "--samples-per-shape", "8", "--jobs", "1", "-o", "h"
    )
    assert made.code == 0, made.err
    small = ("--width", "8", "--modes", "8", "--patch", "16", "--scales", "1")
    trained = geomlearn("train", "lsm-shapes", "--data", "h", *small, *QUICK, "-o", "m.safetensors")
    assert trained.code == 0, trained.err
    np.savetxt("start.txt", np.ones(642))
    run = geomlearn("predict", "m.safetensors", str(ball), "--values", "start.txt", "-o", "field.npz")
    assert run.code == 0, run.err
    field, _ = read_arrays("field.npz")
    assert field["values"].shape == (1, 642)
    np.savetxt("short.txt", np.ones(641))
    assert (
        "642 vertices" in geomlearn("predict", "m.safetensors", str(ball), "--values", "short.txt", "-o", "g.npz").err
    )


def test_what_does_not_go_together_gets_a_sentence(geomlearn, darcy, unet):
    wrong_kind = geomlearn("train", "lsm-shapes", "--data", darcy, "-o", "x.safetensors")
    assert (wrong_kind.code, "lsm-shapes is a model for shapes" in wrong_kind.err) == (1, True)
    assert "cannot be written as .pt" in geomlearn("train", "fno", "--data", darcy, "-o", "x.pt").err
    assert "There is no file" in geomlearn("evaluate-operator", "nothing.safetensors", "--data", darcy).err
    assert "no model file" in geomlearn("evaluate-operator", f"{darcy}/samples.h5", "--data", darcy).err
    assert geomlearn("data", "darcy", "-n", "3", "--resolution", "2", "-o", "y").code == 2
    assert "not one for shapes" in geomlearn("predict", unet, "builtin:icosphere", "--values", "v", "-o", "p.npz").err


@pytest.mark.parametrize("verb", ["data", "train"])
def test_help_lists_every_task_and_model_without_torch(geomlearn, verb):
    run = geomlearn(verb, "--help")
    keys = [row.key for row in (TASKS if verb == "data" else MODELS)]
    assert all(key in run.out for key in keys)
    assert geomlearn(verb, keys[0], "--help").code == 0


@pytest.mark.parametrize(("name", "extra"), [("darcy", ()), ("burgers1d", ("--test-size", "200")), ("advection1d", ())])
def test_the_real_data_sets_run_end_to_end(geomlearn, shared_data, name, extra):
    path = str(shared_data / "pde" / name)
    small = ("--width", "4", "--modes", "4", "--layers", "1", "--epochs", "1", "--batch-size", "50", "--device", "cpu")
    assert geomlearn("train", "fno", "--data", path, *small, *extra, "-o", "m.safetensors").code == 0
    judged = geomlearn("evaluate-operator", "m.safetensors", "--data", path, *extra, "--json").json
    assert 0 < judged["relative_l2"] < 1.1


def test_a_run_goes_on_with_another_optimizer_when_asked(geomlearn, darcy, unet):
    command = (
        "train",
        "unet",
        "--data",
        darcy,
        "--width",
        "4",
        "--scales",
        "1",
        "--batch-size",
        "4",
        "--device",
        "cpu",
    )
    longer = (*command, "--epochs", "4", "--optimizer", "muon", "-o", "u.safetensors")
    refused = geomlearn(*longer, "--resume")
    assert refused.code == 1
    assert "another epochs, optimizer" in refused.err
    assert "--change" in refused.err
    changed = geomlearn(*longer, "--change", "--json")
    assert changed.code == 0, changed.err
    assert len(changed.json["history"]) == 4


def test_a_shipped_model_answers_by_its_name(geomlearn, ball):
    places = load_shape(str(ball)).vertices
    np.savetxt("start.txt", np.exp(-4 * ((places - places[0]) ** 2).sum(1)))
    run = geomlearn("predict", "shipped:heat", str(ball), "--values", "start.txt", "-o", "field.npz")
    assert run.code == 0, run.err
    values = read_arrays("field.npz")[0]["values"]
    assert np.isfinite(values).all() and np.ptp(values) < 0.95, "heat levels out"
    run = geomlearn("predict", "shipped:nothing", str(ball), "--values", "start.txt", "-o", "g.npz")
    assert (run.code, "shipped:heat" in run.err) == (1, True)
    assert "shipped:heat" in geomlearn("methods").out


def test_a_coarser_grid_and_a_symmetry_are_flags(geomlearn, darcy):
    small = ("--width", "4", "--scales", "1", *QUICK, "-o", "s.safetensors")
    trained = geomlearn(
        "train", "unet", "--data", darcy, "--stride", "2", "--symmetry", "square", *small, "--json"
    ).json
    assert trained["symmetry"] == "square"
    judged = geomlearn("evaluate-operator", "s.safetensors", "--data", darcy, "--stride", "4", "--json").json
    assert len(judged["errors"]) == 2
    wrong = geomlearn("evaluate-operator", "s.safetensors", "--data", darcy, "--stride", "9")
    assert (wrong.code, "is no grid" in wrong.err) == (1, True)


@pytest.mark.parametrize("hessian", ["exact", "fisher"])
def test_newton_trains_an_operator_on_whole_batches_and_says_so_otherwise(geomlearn, darcy, hessian):
    model = ("train", "deeponet", "--data", darcy, "--width", "4", "--layers", "1", "--rank", "4", "--device", "cpu")
    newton = (*model, "--optimizer", "gns", "--optimizer-options", f"hessian={hessian}", "--epochs", "4")
    refused = geomlearn(*newton, "--batch-size", "4", "-o", "n.safetensors")
    assert refused.code == 1
    assert "all 8 samples" in refused.err
    run = geomlearn(*newton, "--batch-size", "8", "-o", "n.safetensors", "--json")
    assert run.code == 0, run.err
    losses = [row["train_loss"] for row in run.json["history"]]
    assert losses[-1] < losses[0]
