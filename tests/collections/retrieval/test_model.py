"""The token model on arrays: what torch computes, what a file brings back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.collections.retrieval.model import (
    BUNDLED,
    bundled_tokens,
    features_key,
    load_tokens,
    on_arrays,
    save_tokens,
)
from geomlearn.collections.retrieval.network import TokenNet
from geomlearn.collections.retrieval.options import HeadOptions
from geomlearn.collections.retrieval.tokens import N_INPUTS
from geomlearn.core.errors import FormatError


def network(head: HeadOptions) -> TokenNet:
    torch.manual_seed(0)
    return TokenNet(torch.randn(N_INPUTS), torch.rand(N_INPUTS) + 0.5, 16, head).eval()


@pytest.mark.parametrize("head", [HeadOptions(size=8), HeadOptions(kind="glu", activation="silu", size=8)])
def test_arrays_torch_and_files_agree(head, tmp_path):
    inputs = np.random.default_rng(0).standard_normal((10, N_INPUTS)).astype(np.float32)
    net = network(head)
    expected = net(torch.from_numpy(inputs)).detach().numpy()
    model = on_arrays(net, {"steps": 3})
    assert model.head.kind == ("linear" if head.kind == "ffn" else "glu")
    assert model.encode(inputs) == pytest.approx(expected, abs=1e-5)
    again = load_tokens(save_tokens(tmp_path / "t.safetensors", model))
    assert again.facts["steps"] == 3
    assert again.encode(inputs) == pytest.approx(expected, abs=2e-2)


def test_the_shipped_model_is_small_and_says_how_it_was_trained():
    assert BUNDLED.stat().st_size < 3_000_000
    model = bundled_tokens()
    assert model.facts["bases"] > 20
    # Other features mean other inputs: then tokens must be trained again.
    assert model.facts["features"] == features_key()
    assert model.size == 48


def test_other_files_are_refused(tmp_path):
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    with pytest.raises(FormatError, match="no model at all"):
        load_tokens(tmp_path / "no.safetensors")
    model = on_arrays(network(HeadOptions(size=8)), {})
    spoilt = {**model.weights, "first.bias": np.full(16, np.nan, np.float32)}
    path = save_tokens(tmp_path / "nan.safetensors", type(model)(spoilt, model.head, {}))
    with pytest.raises(FormatError, match="no numbers"):
        load_tokens(path)
    with pytest.raises(FormatError, match="holds no tokens"):
        load_tokens(save_features_like(tmp_path))


def save_features_like(tmp_path):
    from geomlearn.core.weights import write_weights

    return write_weights(tmp_path / "other.safetensors", "something", {"a": torch.ones(2)}, {})
