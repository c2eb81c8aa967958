"""Every row of the table learns, is saved, comes back, and answers as before."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from geomlearn.core.errors import FormatError, GeomError, ParameterError, SizeMismatch
from geomlearn.core.options import Options
from geomlearn.operators.data.samples import Dataset, Samples, ShapeSamples, split
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.model_files import load_operator, save_operator
from geomlearn.operators.models.prediction import evaluate, predict
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import MODELS, model_named
from geomlearn.operators.training.options import TrainingOptions

TRAINING = TrainingOptions(epochs=2, batch_size=4, device="cpu", learning_rate=1e-3)
SMALL = {
    "lsm": {"width": 8},
    "unet": {"width": 8},
    "fno": {"width": 4, "modes": 3, "layers": 2},
    "deeponet": {"width": 8, "layers": 1, "rank": 4},
    "transolver": {"width": 8, "layers": 1, "slices": 4},
    "nalaformer": {"width": 8, "layers": 1, "heads": 2},
    "nalaformer-points": {"width": 8, "layers": 1, "heads": 2},
    "nalaformer-shapes": {"width": 8, "layers": 1, "heads": 2},
    "lsm-points": {"width": 8, "grid": 16, "modes": 4},
    "geo-fno": {"width": 4, "modes": 3, "grid": 8, "layers": 2},
    "transolver-points": {"width": 8, "layers": 1, "slices": 4},
    "lsm-shapes": {"width": 8, "scales": 2, "patch": 16, "modes": 6},
    "laplace-spectral": {"width": 4, "modes": 6, "layers": 2},
    "transolver-shapes": {"width": 8, "layers": 1, "slices": 4},
}
each_row = pytest.mark.parametrize("row", MODELS, ids=lambda row: row.key)


@pytest.fixture(autouse=True)
def one_thread(tmp_path, monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


def sheets():
    from geomlearn.shapes.shape import Shape

    shapes = []
    for n in (6, 7, 8):
        x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n), indexing="ij")
        index = np.arange(n * n).reshape(n, n)
        a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
        vertices = np.stack([x.ravel(), y.ravel(), 0.1 * n * x.ravel() ** 2], 1)
        shapes.append(Shape(vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]), f"sheet {n}"))
    return tuple(shapes)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    fields = rng.random((10, 12, 11, 1))
    points = rng.random((10, 25, 2))
    shapes, shape_of = sheets(), np.repeat(np.arange(3), 3)
    starts = [rng.random((shapes[i].n_vertices, 1)) for i in shape_of]
    return {
        "grid": split(Samples(fields, 1 + fields**2, task="square")),
        "points": split(Samples(points, points[..., :1] * points[..., 1:], points, rng.random((10, 3)))),
        "shapes": split(ShapeSamples(shapes, shape_of, tuple(starts), tuple(2 + s**2 for s in starts))),
    }


def options_of(row) -> Options:
    return row.resolve_options()(**SMALL[row.key])


@each_row
def test_it_learns_is_saved_and_answers_as_before(row, data, tmp_path):
    result = train_operator(row.key, data[row.kind], tmp_path / "run", options_of(row), TRAINING)
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]
    path = save_operator(tmp_path / "m.safetensors", result.value, {"task": "square"})
    loaded, facts = load_operator(path)
    assert facts == {"task": "square"}
    test = data[row.kind].test
    before, after = (predict(model, test, device="cpu", batch_size=2) for model in (result.value, loaded))
    for one, other, truth in zip(before, after, test.targets, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.shape == truth.shape
    judged = evaluate(loaded, test, device="cpu")
    assert judged.mean == pytest.approx(result.history[-1]["valid_relative_l2"], rel=1e-3)


@each_row
def test_every_weight_gets_a_gradient(row, data, tmp_path):
    from geomlearn.operators.models.learning import OperatorTask

    torch.manual_seed(0)
    model = FieldOperator(row, Signature.of(data[row.kind].train), options_of(row))
    model.fit_normalizers(data[row.kind].train)
    task = OperatorTask(model, data[row.kind])
    task.train_loss(model, torch.arange(3), torch.Generator()).backward()
    learned = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert not [name for name, parameter in learned.items() if parameter.grad is None]


def test_normalisers_take_out_the_scale(data, tmp_path):
    big = Samples(1e6 * data["grid"].train.inputs, 1e-4 * data["grid"].train.targets)
    for samples in (data["grid"].train, big):
        result = train_operator(
            "unet", split(samples), tmp_path / str(samples.inputs.max()), options_of(model_named("unet")), TRAINING
        )
        assert result.history[-1]["valid_relative_l2"] == pytest.approx(0.26, abs=0.15)


def test_a_mask_silences_the_answer(data, tmp_path):
    train = data["grid"].train
    mask = train.inputs[..., 0] > 0.5
    masked = Samples(train.inputs, train.targets * mask[..., None], mask=mask)
    result = train_operator("fno", split(masked), tmp_path, options_of(model_named("fno")), TRAINING)
    answer = predict(result.value, masked.take(slice(0, 1)), device="cpu")[0]
    assert (answer[..., 0][~mask[0]] == 0).all()
    assert (answer[..., 0][mask[0]] != 0).all()


def test_a_model_with_channel_normalisers_answers_at_other_resolutions_and_one_by_node_says_no(data, tmp_path):
    finer = Samples(np.random.default_rng(1).random((2, 24, 22, 1)), np.ones((2, 24, 22, 1)))
    options = options_of(model_named("fno"))
    free = train_operator("fno", data["grid"], tmp_path / "a", options, TRAINING).value
    assert predict(free, finer, device="cpu")[0].shape == (24, 22, 1)
    tied = train_operator("fno", data["grid"], tmp_path / "b", options, TRAINING, normalization="point").value
    with pytest.raises(SizeMismatch, match="normaliser made for"):
        predict(tied, finer, device="cpu")


def test_rolling_out_feeds_answers_back(tmp_path):
    series = np.random.default_rng(0).random((10, 8, 8, 5))
    data = split(Samples(series[..., :2], series[..., 2:]))
    options = options_of(model_named("fno"))
    with pytest.raises(ParameterError, match="keep their own scale"):
        train_operator("fno", data, tmp_path / "a", options, TRAINING, rollout=True)
    result = train_operator("fno", data, tmp_path / "b", options, TRAINING, normalization="none", rollout=True)
    model, _ = load_operator(save_operator(tmp_path / "m.safetensors", result.value))
    frames = torch.from_numpy(data.test.inputs[:1])
    with torch.no_grad():
        for _ in range(3):
            answer = model.network(frames[..., -2:])
            frames = torch.cat([frames, answer], -1)
    whole = predict(model, data.test.take(slice(0, 1)), device="cpu")[0]
    np.testing.assert_allclose(whole, frames[0, ..., 2:].numpy(), rtol=1e-5, atol=1e-6)


def test_wrong_data_is_refused_with_a_sentence(data, tmp_path):
    with pytest.raises(ParameterError, match="lsm is a model for grid, and the data lies on shapes"):
        train_operator("lsm", data["shapes"], tmp_path)
    with pytest.raises(ParameterError, match="no model called mlp"):
        train_operator("mlp", data["grid"], tmp_path)
    with pytest.raises(ParameterError, match="Only nodes of a grid"):
        train_operator("geo-fno", data["points"], tmp_path, normalization="point")
    model = train_operator("unet", data["grid"], tmp_path / "u", options_of(model_named("unet")), TRAINING).value
    with pytest.raises(ParameterError, match="works on grids, and the data lies on shapes"):
        predict(model, data["shapes"].test)
    two = Samples(np.ones((1, 12, 11, 2)), np.ones((1, 12, 11, 1)))
    with pytest.raises(SizeMismatch, match=r"maps 1 channels \(a\) to 1, and the data has 2 and 1"):
        predict(model, two)
    line = Samples(np.ones((1, 12, 1)), np.ones((1, 12, 1)))
    with pytest.raises(SizeMismatch, match="grids of 2 axes, and the data has 1"):
        predict(model, line)


def test_foreign_and_altered_files_are_refused_and_run_nothing(data, tmp_path):
    model = train_operator("unet", data["grid"], tmp_path / "u", options_of(model_named("unet")), TRAINING).value
    path = save_operator(tmp_path / "m.safetensors", model)
    with pytest.raises(GeomError, match="exists already"):
        save_operator(path, model)
    weights = {"weight": torch.ones(2)}
    save_file(weights, tmp_path / "foreign.safetensors")
    with pytest.raises(FormatError, match="no model of geomlearn"):
        load_operator(tmp_path / "foreign.safetensors")
    header = {"format": "geomlearn-operator", "model": "os:system", "options": {}, "signature": {}, "facts": {}}
    save_file(weights, tmp_path / "evil.safetensors", metadata={"geomlearn": json.dumps(header)})
    with pytest.raises(FormatError, match="no model called os:system"):
        load_operator(tmp_path / "evil.safetensors")
    header = {
        "format": "geomlearn-operator",
        "model": "unet",
        "options": model.options.model_dump(),
        "signature": model.signature.to_json(),
        "normalization": "channel",
        "rollout": False,
        "facts": {},
    }
    save_file(weights, tmp_path / "other.safetensors", metadata={"geomlearn": json.dumps(header)})
    with pytest.raises(FormatError, match="does not fit this version"):
        load_operator(tmp_path / "other.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(path.read_bytes()[:100])
    with pytest.raises(FormatError, match="no model file"):
        load_operator(tmp_path / "cut.safetensors")


def test_weights_that_do_not_fit_their_model_are_told_one_by_one(data, tmp_path):
    model = train_operator("unet", data["grid"], tmp_path / "u", options_of(model_named("unet")), TRAINING).value
    good = {name: value.clone() for name, value in model.state_dict().items()}
    first = next(name for name in good if name.startswith("network."))
    altered = {
        "it lacks target_scale": {name: v for name, v in good.items() if not name.startswith("target_scale")},
        f"it lacks {first}.": {name: value for name, value in good.items() if name != first},
        "stray belongs to another model": {**good, "stray": torch.ones(1)},
        f"{first} has shape \\(3,\\)": {**good, first: torch.ones(3)},
        f"{first} is not finite": {**good, first: torch.full_like(good[first], torch.nan)},
    }
    for number, (sentence, tensors) in enumerate(altered.items()):
        path = save_operator(tmp_path / f"{number}.safetensors", model)
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
        save_file(tensors, path, metadata=header)
        with pytest.raises(FormatError, match=sentence):
            load_operator(path)


def test_a_run_is_continued_only_where_it_was(data, tmp_path):
    options = options_of(model_named("unet"))
    whole = train_operator("unet", data["grid"], tmp_path / "a", options, TRAINING)
    again = train_operator("unet", data["grid"], tmp_path / "a", options, TRAINING, resume=True)
    assert again.history == whole.history
    with pytest.raises(GeomError, match="another model"):
        train_operator("unet", data["grid"], tmp_path / "a", options.replace(width=16), TRAINING, resume=True)


def test_patience_stops_by_validation_samples_and_never_sees_the_test_samples(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 16, 16, 1))
    first = split(Samples(x, 0.5 * x + rng.standard_normal(x.shape)), 4)
    other = Dataset(first.train, Samples(x[:4], rng.standard_normal(x[:4].shape)))
    options = model_named("fno").resolve_options()(width=4, modes=3, layers=2, head_width=8)
    training = TrainingOptions(epochs=4, batch_size=4, patience=2, learning_rate=0.05, device="cpu")
    pairs = zip("ab", (first, other), strict=True)
    runs = [train_operator("fno", data, tmp_path / name, options, training) for name, data in pairs]
    for one, two in zip(runs[0].value.parameters(), runs[1].value.parameters(), strict=True):
        assert torch.equal(one, two)
    assert runs[0].history == runs[1].history
    best = min(row["valid_relative_l2"] for row in runs[0].history)
    held = first.with_validation(training.seed)
    assert held.train.n_samples + held.valid.n_samples == first.train.n_samples
    assert evaluate(runs[0].value, held.valid).mean == pytest.approx(best, rel=1e-5)


def test_validation_on_shapes_takes_whole_shapes(data):
    held = data["shapes"].with_validation(0)
    names = [{shape.content_hash for shape in part.shapes} for part in (held.train, held.valid, held.test)]
    assert not names[0] & names[1]
    assert not names[0] & names[2]


def test_modes_beyond_nyquist_are_refused_and_the_default_fits_the_grid():
    row = model_named("fno")
    signature = Signature("grid", (16, 20), ("a",), ("u",))
    with pytest.raises(ParameterError, match="9 Fourier modes need 17 points along each axis; the shortest has 16"):
        FieldOperator(row, signature, row.resolve_options()(modes=9))
    given = FieldOperator(row, signature, row.resolve_options()(modes=8)).n_parameters
    assert FieldOperator(row, signature, row.resolve_options()()).n_parameters == given
    FieldOperator(row, signature, row.resolve_options()(modes=9, padding=2, width=2))
    large = FieldOperator(row, Signature("grid", (64,), ("a",), ("u",)), row.resolve_options()(width=2))
    assert large.network.layers.spectral[0].modes == (12,)
