"""Files of weights: what goes in comes out, and nothing else is taken for one."""

from __future__ import annotations

import pytest
import torch

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.weights import fitting, read_weights, weights_kind, write_weights


@pytest.fixture
def written(tmp_path):
    return write_weights(tmp_path / "w.safetensors", "a-kind", {"w": torch.arange(6.0).reshape(2, 3).T}, {"k": 3})


def test_tensors_and_header_come_back(written):
    tensors, header = read_weights(written, "a-kind", "thing", "make")
    assert torch.equal(tensors["w"], torch.arange(6.0).reshape(2, 3).T)
    assert (header["k"], header["format"]) == (3, "a-kind")
    assert weights_kind(written) == "a-kind"


def test_another_kind_and_a_damaged_file_are_told(written, tmp_path):
    with pytest.raises(FormatError, match="holds no other thing") as caught:
        read_weights(written, "another-kind", "other thing", "make it")
    assert "`make it`" in caught.value.hint
    damaged = tmp_path / "d.safetensors"
    damaged.write_bytes(written.read_bytes()[:40])
    with pytest.raises(FormatError, match="is no thing"):
        read_weights(damaged, "a-kind", "thing", "make")
    assert weights_kind(damaged) == ""
    assert weights_kind(tmp_path / "absent.safetensors") == ""


def test_nothing_is_overwritten_unasked(written):
    with pytest.raises(GeomError):
        write_weights(written, "a-kind", {}, {})
    assert write_weights(written, "a-kind", {}, {}, force=True) == written


@pytest.mark.parametrize("fault", [KeyError("k"), TypeError("x"), ValueError("y"), RuntimeError("z\nmore")])
def test_what_does_not_fit_is_a_sentence(fault, tmp_path):
    said = r"^m\.safetensors does not fit this version of geomlearn: .*\.$"
    with pytest.raises(FormatError, match=said), fitting(tmp_path / "m.safetensors"):
        raise fault
