"""Model files whose header lies: compared before tensors are made, refused in one sentence of any kind of model."""

import json
import resource

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from geomlearn.core.errors import FormatError
from geomlearn.matching.diffumatch.prior.prior import BUNDLED, load_prior
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.model_files import load_operator, save_operator
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named
from geomlearn.operators.sequence.classification.classifier import SequenceClassifier
from geomlearn.operators.sequence.classification.options import ClassifierOptions
from geomlearn.operators.sequence.model_files import load_sequence_model, save_sequence_model
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.rollout.model import RolloutModel
from geomlearn.spectral.learned_eigenbasis.amortised.model import SHIPPED, load_eigenbasis_model

_VAST = {
    "kind": "grid",
    "resolution": [10**6, 10**6],
    "input_names": ["a"],
    "target_names": ["u"],
    "code_size": 0,
}


def fno(path):
    row = model_named("fno")
    model = FieldOperator(row, Signature("grid", (16, 16), ("a",), ("u",)), row.resolve_options()(width=2, modes=2))
    return save_operator(path, model)


def rollout(path):
    return save_sequence_model(path, RolloutModel(equation="heat", pace=0.1))


def classifier(path):
    options = ClassifierOptions(ssm=SSMOptions(init="s4d-lin", n=4, blocks=1), width=4, depth=1)
    return save_sequence_model(path, SequenceClassifier(2, ("a", "b"), options))


def copied(of):
    def copy(path):
        path.write_bytes(of.read_bytes())
        return path

    return copy


KINDS = {
    "fno": (fno, load_operator),
    "rollout": (rollout, load_sequence_model),
    "classifier": (classifier, load_sequence_model),
    "prior": (copied(BUNDLED), load_prior),
    "eigenbasis": (copied(SHIPPED), load_eigenbasis_model),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def rewritten(path, change=None, tensors=None):
    """The same file with an altered header or other tensors."""
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["geomlearn"])
    held = load_file(path)
    if change:
        change(header)
    if tensors:
        tensors(held)
    save_file(held, path, metadata={"geomlearn": json.dumps(header)})
    return path


@each_kind
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_refused(kind, bad, tmp_path):
    write, load = KINDS[kind]

    def poison(tensors):
        name = next(name for name in sorted(tensors) if tensors[name].is_floating_point() and tensors[name].numel())
        tensors[name].view(-1)[-1] = bad

    with pytest.raises(FormatError, match="is not finite"):
        load(rewritten(write(tmp_path / "m.safetensors"), tensors=poison))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("fno", lambda header: header["options"].update(width=1024)),
        ("fno", lambda header: header.update(normalization="point", signature=_VAST)),
        ("rollout", lambda header: header["options"].update(mixer="gru", width=1024, depth=64)),
        ("classifier", lambda header: header.update(n_inputs=10**9)),
        ("classifier", lambda header: header["options"].update(width=1024, depth=64)),
        ("prior", lambda header: header.update(k=30_000)),
        ("prior", lambda header: header["options"].update(width=512, depth=12)),
        ("eigenbasis", lambda header: header["network"].update(width=512)),
        ("eigenbasis", lambda header: header.update(n_dimensions=10**9)),
    ],
)
def test_a_header_of_another_size_takes_no_memory(kind, change, tmp_path):
    write, load = KINDS[kind]
    path = rewritten(write(tmp_path / "m.safetensors"), change)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormatError) as caught:
        load(path)
    assert len(caught.value.message) < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # kB


@each_kind
def test_a_header_without_facts_has_none(kind, tmp_path):
    write, load = KINDS[kind]
    load(rewritten(write(tmp_path / "m.safetensors"), lambda header: header.pop("facts")))
    path = rewritten(write(tmp_path / "n.safetensors"), lambda header: header.update(facts="none"))
    with pytest.raises(FormatError, match="damaged"):
        load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["signature"].update(resolution=[0, 0]),
        lambda header: header["signature"].update(resolution=[-3, 16]),
        lambda header: header["signature"].update(resolution=[]),
        lambda header: header["signature"].update(resolution=["a", "b"]),
        lambda header: header["signature"].update(input_names=[]),
        lambda header: header["signature"].update(kind="sea"),
        lambda header: header["signature"].update(target_names=["u" * 10**6]),
        lambda header: header["options"].update({"x" * 10**6: 1}),
        lambda header: header.update(model="f" * 10**6),
        lambda header: header.update(options=None),
        lambda header: header.pop("normalization"),
    ],
)
def test_nonsense_in_a_header_ends_in_a_short_sentence(change, tmp_path):
    with pytest.raises(FormatError) as caught:
        load_operator(rewritten(fno(tmp_path / "m.safetensors"), change))
    assert len(caught.value.message) < 300


def test_json_of_any_depth_is_refused(tmp_path):
    path = fno(tmp_path / "m.safetensors")
    held = load_file(path)
    for text in ("[" * 50_000 + "]" * 50_000, "[1]", "nonsense", '{"format": "geomlearn-operator"}'):
        save_file(held, path, metadata={"geomlearn": text})
        with pytest.raises(FormatError):
            load_operator(path)
