"""Operators whose knobs tune themselves."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.data.samples import Samples, ShapeSamples, split
from geomlearn.operators.models.learning import operator_task
from geomlearn.operators.models.table import MODELS
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.self_tuned.knobs import knobs_named
from geomlearn.operators.training.self_tuned.layers import decayed, dropped_out, heads_of
from geomlearn.operators.training.self_tuned.run import train_by_schedule, train_self_tuned
from geomlearn.operators.training.self_tuned.schedule import HyperSchedule, read_schedule, write_schedule
from geomlearn.operators.training.watching.live import read_live
from geomlearn.tuning.options import SelfTuningOptions
from geomlearn.tuning.self_tuning.hyper_layers import Hyper, self_tuning
from tests.operators.models.test_models import SMALL, sheets

TRAINING = TrainingOptions(epochs=3, batch_size=4, learning_rate=3e-3, device="cpu")
ALL = "dropout,noise,weight_decay"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def task(key: str = "fno", **options):
    random = np.random.default_rng(0)
    fields = random.random((24, 16, 1))
    data = split(Samples(fields, 1 + fields**2, task="square"))
    inner = split(data.train)
    row = next(row for row in MODELS if row.key == key)
    chosen = row.resolve_options()(**({"width": 4, "modes": 3, "layers": 2} if key == "fno" else options))
    return operator_task(key, replace(data, train=inner.train, valid=inner.test), chosen)


@pytest.mark.parametrize("kind", ["stn", "delta"])
def test_a_training_tunes_its_knobs_and_gives_an_ordinary_model(tmp_path, kind):
    made = task()
    result = train_self_tuned(made, ALL, TRAINING, tmp_path, SelfTuningOptions(kind=kind, warmup=2, knob_rate=0.1))
    assert not any(isinstance(part, Hyper) for part in result.value.modules())
    schedule = result.stats["schedule"]
    assert set(schedule.values) == {"dropout", "noise", "weight_decay"}
    assert all(np.ptp(values) > 0 for values in schedule.values.values())
    assert made.valid_errors(result.value, torch.arange(2))["relative_l2"].isfinite().all()
    # The Learn desk and TensorBoard read these.
    assert {"dropout", "noise", "weight_decay", "loss"} <= set(read_live(tmp_path / "live.jsonl")[-1])
    assert {"dropout", "valid_relative_l2"} <= set(result.history[-1])


def test_the_model_that_is_handed_over_is_the_one_that_validated_best(tmp_path):
    made = task()
    result = train_self_tuned(made, "dropout", TRAINING.replace(epochs=5), tmp_path, SelfTuningOptions(warmup=2))
    with torch.no_grad():
        error = float(made.valid_errors(result.value, torch.arange(made.n_valid))["relative_l2"].mean())
    assert error == pytest.approx(result.stats["best_error"], rel=1e-5)
    assert error == pytest.approx(min(row["valid_relative_l2"] for row in result.history), rel=1e-5)


def test_a_training_can_follow_a_schedule(tmp_path):
    shares = np.array([0.0, 0.5, 1.0])
    schedule = HyperSchedule(shares, {"dropout": np.array([0.0, 0.3, 0.1]), "weight_decay": np.full(3, 1e-5)})
    path = write_schedule(tmp_path / "a.schedule.csv", schedule)
    again = read_schedule(path)
    assert again.at(0.25)["dropout"] == pytest.approx(0.15)
    result = train_by_schedule(task(), again, TRAINING, tmp_path / "run")
    assert [row["dropout"] for row in result.history] == pytest.approx([again.at(k / 3)["dropout"] for k in (1, 2, 3)])


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    fields, points = random.random((10, 12, 11, 1)), random.random((10, 25, 2))
    shapes, shape_of = sheets(), np.repeat(np.arange(3), 3)
    starts = tuple(random.random((shapes[i].n_vertices, 1)) for i in shape_of)
    made = {
        "grid": Samples(fields, 1 + fields**2, task="square"),
        "points": Samples(points, points[..., :1] * points[..., 1:], points, random.random((10, 3))),
        "shapes": ShapeSamples(shapes, shape_of, starts, tuple(2 + start**2 for start in starts)),
    }
    return {kind: split(samples) for kind, samples in made.items()}


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.key)
def test_every_model_tunes_itself(row, data, tmp_path):
    made = operator_task(row.key, data[row.kind], row.resolve_options()(**SMALL[row.key]))
    names = set(made.model.state_dict())
    options = TRAINING.replace(epochs=1, batch_size=3)
    result = train_self_tuned(made, ALL, options, tmp_path, SelfTuningOptions(warmup=0, train_steps=1))
    assert set(result.value.state_dict()) == names
    assert np.ptp(result.stats["schedule"].values["dropout"]) > 0


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.key)
def test_a_schedule_acts_on_the_layers_that_were_tuned(row, data):
    """Dropout and weight decay mean the same while they are tuned and while they are followed."""
    plain = operator_task(row.key, data[row.kind], row.resolve_options()(**SMALL[row.key])).model
    tuned = self_tuning(copy.deepcopy(plain), knobs_named(ALL), centred=True, rate="dropout", skip=heads_of(plain))
    dropping = {name for name, part in tuned.named_modules() if isinstance(part, Hyper) and part.rate}
    with dropped_out(plain, 0.5):
        assert {name for name, part in plain.named_modules() if part._forward_pre_hooks} == dropping
    assert dropping
    assert float(decayed(plain).detach()) == pytest.approx(float(decayed(tuned).detach()), rel=1e-5)


def test_what_cannot_be_is_said(tmp_path):
    with pytest.raises(ParameterError, match="no knob called momentum"):
        knobs_named("dropout,momentum")
    with pytest.raises(ParameterError, match="once"):
        knobs_named("noise,noise")
    for text, word in (
        ("share,heat\n0,1\n", "columns"),
        ("share,noise\n0,nan\n", "not finite"),
        ("share,noise\n0,9\n", "leaves"),
        ("share,noise\n1,.1\n0,.1\n", "ascend"),
        ("share,noise\n0,high\n", "no schedule"),
    ):
        path = tmp_path / "bad.csv"
        path.write_text(text)
        with pytest.raises(FormatError, match=word):
            read_schedule(path)
