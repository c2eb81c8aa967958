"""Adapting an operator: every method learns, the model stays as it is, and the verbs do the same."""

import json

import pytest
import torch

from geomlearn.app.cli.main import main
from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.adaptation.adapter_files import load_adapter
from geomlearn.operators.adaptation.attached import attach, identity
from geomlearn.operators.adaptation.learning import adapt
from geomlearn.operators.adaptation.low_rank.sorsa import penalty
from geomlearn.operators.adaptation.options import AdaptationOptions
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.data.samples import Samples, split
from geomlearn.operators.models.model_files import load_operator, save_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.training.options import TrainingOptions

TRAINING = TrainingOptions(epochs=8, batch_size=5, learning_rate=1e-2, weight_decay=0, device="cpu")


@pytest.mark.parametrize("method", ["sorsa", "lora", "pissa", "dora", "full"])
def test_every_method_learns_and_leaves_the_model_as_it_was(method, build, samples, tmp_path):
    model = build()
    before, was = identity(model), evaluate(model, samples.test).mean
    result = adapt(model, samples, tmp_path, AdaptationOptions(method=method, rank=4), TRAINING)
    assert identity(model) == before
    attach(model, result.value)
    after = evaluate(model, samples.test).mean
    assert after < 0.9 * was
    assert after == pytest.approx(result.history[-1]["valid_relative_l2"], rel=1e-4)


def test_statistics_of_batch_normalisation_stay_those_of_the_model(build, samples, tmp_path):
    model = build("unet")
    before = identity(model)
    adapt(model, samples, tmp_path, AdaptationOptions(rank=2), TRAINING.replace(epochs=1))
    assert identity(model) == before


def test_samples_of_another_operator_are_refused_before_anything_is_changed(build, samples, tmp_path):
    model = build()
    two = split(Samples(torch.ones(4, 12, 12, 2).numpy(), torch.ones(4, 12, 12, 1).numpy()), 1)
    with pytest.raises(SizeMismatch, match="maps 1 channels"):
        adapt(model, two, tmp_path)
    assert identity(model) == identity(build())


def test_the_penalty_keeps_the_singular_vectors_of_an_operator_orthonormal(build, samples, tmp_path):
    gaps = {}
    for gamma in (AdaptationOptions().gamma, 0.0):
        model = build()
        options = AdaptationOptions(method="sorsa", rank=4, gamma=gamma)
        adapter = adapt(model, samples, tmp_path / str(gamma), options, TRAINING.replace(epochs=40)).value
        attach(model, adapter)
        gaps[gamma] = float(penalty(model).detach())
    # The map asked for is the opposite of the model's: vectors turn as far as they ever will, in 80 steps.
    assert gaps[0.0] > 0.5
    assert gaps[AdaptationOptions().gamma] < 0.02 * gaps[0.0]


def test_what_the_method_would_not_use_is_refused_before_anything_is_learned(build, samples, tmp_path, capsys):
    with pytest.raises(ParameterError, match="lora has no conditions"):
        adapt(build(), samples, tmp_path, AdaptationOptions(method="lora"), condition=OrthogonalOptions())
    words = ("adapt", "m.safetensors", "--data", "new.npz", "-o", str(tmp_path / "a.safetensors"))
    for more, told in (
        (("--name", "copper"), "sorsa has no conditions"),
        (("--peft", "folder"), "no folder for sorsa"),
    ):
        assert main([*words, *more]) == 2
        assert told in capsys.readouterr().err


def test_the_verbs_adapt_measure_predict_and_merge(build, samples, tmp_path, capsys):
    model = build("transolver")
    save_operator(tmp_path / "m.safetensors", model, {"data": "old"})
    write_arrays(tmp_path / "new.npz", {"inputs": samples.train.inputs, "targets": samples.train.targets}, {})

    def run(*words):
        code = main([str(word) for word in words])
        return code, capsys.readouterr()

    at = [tmp_path / name for name in ("m.safetensors", "new.npz")]
    short = ("--epochs", 2, "--batch-size", 4, "--rank", 2, "--device", "cpu")
    for method in ("sorsa", "lora"):
        more = ("--peft", tmp_path / "peft", "--targets", "*mlps*") if method == "lora" else ()
        words = ("adapt", at[0], "--data", at[1], "--method", method, "-o", tmp_path / f"{method}.safetensors")
        code, printed = run(*words, *short, *more, "--json")
        assert code == 0, printed.err
        assert json.loads(printed.out)["error_after"] > 0
        facts = load_adapter(tmp_path / f"{method}.safetensors")[1]
        # One flag of the training given leaves the other defaults those of an adaptation.
        assert (facts["training"]["epochs"], facts["training"]["weight_decay"]) == (2, 0.0)
        assert facts["training"]["learning_rate"] == 2e-3
    errors = []
    for adapter in (tmp_path / "sorsa.safetensors", tmp_path / "peft"):
        code, printed = run("evaluate-operator", at[0], "--adapter", adapter, "--data", at[1], "--json")
        assert code == 0, printed.err
        errors.append(json.loads(printed.out)["relative_l2"])
    code, printed = run("predict", at[0], at[1], "--adapter", tmp_path / "sorsa.safetensors", "-o", tmp_path / "p.npz")
    assert code == 0, printed.err
    code, printed = run("merge", at[0], tmp_path / "sorsa.safetensors", "-o", tmp_path / "one.safetensors")
    assert code == 0, printed.err
    code, printed = run("evaluate-operator", tmp_path / "one.safetensors", "--data", at[1], "--json")
    assert json.loads(printed.out)["relative_l2"] == pytest.approx(errors[0], rel=1e-6)
    names = [tmp_path / f"{name}.safetensors" for name in ("sorsa", "lora")]
    code, printed = run("merge", at[0], *names, "--strength", 1, 0.5, "-o", tmp_path / "two.safetensors")
    assert code == 0, printed.err
    assert load_operator(tmp_path / "two.safetensors")[1]["strength"] == [1.0, 0.5]
    code, printed = run("merge", at[0], *names, "--strength", 1, "-o", tmp_path / "three.safetensors")
    assert code == 1
    assert "2 adapters and 1 strengths" in printed.err
    code, printed = run("merge", tmp_path / "two.safetensors", names[0], "-o", tmp_path / "four.safetensors")
    assert code == 1
    assert "belongs to m.safetensors, whose weights are others" in printed.err
    assert not (tmp_path / "four.safetensors").exists()
