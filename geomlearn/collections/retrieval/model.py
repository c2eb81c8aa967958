"""The learned tokens as they are used, on arrays without torch, and as they lie in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.collections.retrieval.heads import ACTIVATIONS, CLIP, head_shapes, merged, project, unit
from geomlearn.collections.retrieval.options import HeadOptions
from geomlearn.collections.retrieval.tokens import N_INPUTS
from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file
from geomlearn.matching.learned.model import bundled_features

if TYPE_CHECKING:
    from geomlearn.collections.retrieval.network import TokenNet

BUNDLED = asset("retrieval", "tokens.safetensors")
_FORMAT = "geomlearn-tokens"
_HINT = "Give a file that `python -m benchmarks collections find --train` wrote."


@dataclass(frozen=True, eq=False)
class TokenModel:
    """A trained token network on arrays.

    Attributes
    ----------
    weights   by their names in `network.TokenNet`, those of the head (in, out).
    head      what kind of head it has, a linear one where it could be merged;  facts   how it was trained, JSON values.
    """

    weights: Mapping[str, np.ndarray]
    head: HeadOptions
    facts: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Numbers kept of a token."""
        return self.head.size

    def encode(self, inputs: np.ndarray) -> np.ndarray:
        """(m, k) unit vectors of inputs (m, 140), single precision."""
        values = ((inputs - self.weights["mean"]) / self.weights["spread"]).clip(-CLIP, CLIP)
        values = ACTIVATIONS["gelu"](self._layer("first", values))
        values = values + ACTIVATIONS["gelu"](self._layer("second", values))
        head = {name.removeprefix("head."): one for name, one in self.weights.items() if name.startswith("head.")}
        return unit(project(values, head, self.head)).astype(np.float32)

    def _layer(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]


def on_arrays(network: TokenNet, facts: Mapping[str, Any], *, merge: bool = True) -> TokenModel:
    """A trained network without torch; a head without activation becomes the one matrix that it amounts to."""
    weights = {name.replace("head.weights.", "head."): one.numpy() for name, one in network.state_dict().items()}
    head = network.head.options
    if merge and head.kind != "glu" and head.activation == "identity":
        matrices = {name.removeprefix("head."): one for name, one in weights.items() if name.startswith("head.")}
        weights = {name: one for name, one in weights.items() if not name.startswith("head.")}
        weights["head.down"] = merged({name: one.astype(np.float64) for name, one in matrices.items()}, head)
        head = HeadOptions(kind="linear", activation="identity", residual=False, size=head.size)
    weights = {name: np.asarray(one, np.float32) for name, one in weights.items()}
    told = {"trained_head": network.head.options.model_dump(mode="json"), "features": features_key()}
    return TokenModel(weights, head, {**facts, **told})


def save_tokens(path: str | Path, model: TokenModel, *, force: bool = False) -> Path:
    """Write a model; weights in half precision.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    import torch

    from geomlearn.core.weights import write_weights

    whole = ("mean", "spread")
    tensors = {name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in model.weights.items()}
    tensors = {name: one if name in whole else one.half() for name, one in tensors.items()}
    header = {"head": model.head.model_dump(mode="json"), "facts": dict(model.facts)}
    return write_weights(path, _FORMAT, tensors, header, force=force)


def load_tokens(path: str | Path) -> TokenModel:
    """The model in a file.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no tokens.
    """
    from safetensors import SafetensorError, safe_open

    path = existing_file(path)
    try:
        with safe_open(path, framework="np") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} holds no tokens, and no model at all: {error}.", _HINT) from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise FormatError(f"{path.name} holds no tokens.", _HINT)
    try:
        model = TokenModel(
            {name: one.astype(np.float32) for name, one in weights.items()},
            HeadOptions(**header["head"]),
            dict(header["facts"]),
        )
        _require_fit(model)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path.name} is damaged: {error}.", _HINT) from error
    return model


def _require_fit(model: TokenModel) -> None:
    width = len(model.weights["first.bias"])
    wanted = {"mean": (N_INPUTS,), "spread": (N_INPUTS,), "first.weight": (width, N_INPUTS), "first.bias": (width,)}
    wanted |= {"second.weight": (width, width), "second.bias": (width,)}
    wanted |= {f"head.{name}": shape for name, shape in head_shapes(model.head, width).items()}
    found = {name: one.shape for name, one in model.weights.items()}
    if found != wanted:
        raise ValueError("its weights are not those of its header")
    if not all(np.isfinite(one).all() for one in model.weights.values()):
        raise ValueError("it holds weights that are no numbers")


def weights_key(weights: Mapping[str, np.ndarray]) -> str:
    """Digest of the weights of a model."""
    digest = hashlib.blake2b(digest_size=12)
    for name in sorted(weights):
        digest.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def features_key() -> str:
    """Digest of the learned features that the inputs of tokens hold; tokens are trained on just these."""
    return weights_key(bundled_features().weights)


@lru_cache(maxsize=1)
def bundled_tokens() -> TokenModel:
    """The model that comes with geomlearn.

    Raises
    ------
    FormatError   this installation lacks it.
    """
    if not BUNDLED.is_file():
        raise FormatError("This installation lacks the learned tokens.", "Install geomlearn again.")
    return load_tokens(BUNDLED)
