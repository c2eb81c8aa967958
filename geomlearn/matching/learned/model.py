"""The learned features as they are used, on arrays without torch, and as they lie in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file
from geomlearn.matching.learned.inputs import N_COORDINATES, coordinates, rotations
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.matching.sampled_surface import SampledSurface

if TYPE_CHECKING:
    from geomlearn.matching.learned.network import FeatureNet
    from geomlearn.matching.learned.training.templates import Template

BUNDLED = asset("features", "places.safetensors")
_FORMAT = "geomlearn-features"
_EPSILON = 1e-5
# Turns over which what is read from coordinates is averaged.
N_TURNS = 6


class Reading(NamedTuple):
    """What the network says of a shape: log-probabilities (s, q) of places by kind, and of kinds (kinds + 1,)."""

    places: dict[str, np.ndarray]
    kinds: dict[str, float]


@dataclass(frozen=True, eq=False)
class FeatureModel:
    """A trained network on arrays.

    Attributes
    ----------
    weights    by their names in `FeatureNet`, single precision.
    templates  by kind: `points` (q, 3) of the anchors at unit area and `modes` (q, m) there.
    options    its size;  facts   how it was trained, JSON values.
    """

    weights: Mapping[str, np.ndarray]
    templates: Mapping[str, Mapping[str, np.ndarray]]
    options: FeatureNetOptions
    facts: Mapping[str, Any]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the templates, in the order of the heads."""
        return tuple(self.templates)

    def read(self, surface: SampledSurface, signatures: np.ndarray, *, use: str = "both") -> Reading:
        """Places and kind of a shape, averaged over turns.

        Parameters
        ----------
        signatures (s, 48);  use   "both", "signatures" or "coordinates": the other half is left out.
        """
        marks = signatures if use != "coordinates" else np.zeros_like(signatures)
        turns = rotations(N_TURNS) if use != "signatures" else rotations(1)
        logits: list[list[np.ndarray]] = []
        for turn in turns:
            where = coordinates(surface, turn)
            if use == "signatures":
                where = np.zeros_like(where)
            logits.append(self._forward(surface, np.concatenate([marks, where], axis=1)))
        # The mean of log-probabilities is that of logits but for a number per row, which the last softmax settles.
        mean = [_log_softmax(np.mean(heads, axis=0)) for heads in zip(*logits, strict=True)]
        kinds = dict(zip((*self.kinds, "other"), mean[-1][0].tolist(), strict=True))
        return Reading(dict(zip(self.kinds, mean[:-1], strict=True)), kinds)

    def embed(self, surface: SampledSurface, signatures: np.ndarray) -> np.ndarray:
        """(s, width) what the last layer holds of signatures (s, 48) alone: numbers that no motion changes."""
        return self._features(surface, np.concatenate([signatures, np.zeros((len(signatures), N_COORDINATES))], axis=1))

    def _forward(self, surface: SampledSurface, values: np.ndarray) -> list[np.ndarray]:
        """Logits of the places of each kind (s, q), and of the kinds (1, kinds + 1) at the end."""
        values = self._features(surface, values)
        pooled = np.concatenate([values.mean(axis=0), values.std(axis=0, ddof=1)])
        heads = [self._linear(f"anchors.{i}", values) for i in range(len(self.kinds))]
        return [*heads, self._linear("kind", pooled[None])]

    def _features(self, surface: SampledSurface, values: np.ndarray) -> np.ndarray:
        values = self._linear("first", values)
        for i in range(self.options.depth):
            values = self._block(f"blocks.{i}", surface, values)
        return self._norm("norm", values)

    def _block(self, name: str, surface: SampledSurface, values: np.ndarray) -> np.ndarray:
        """`network.Block`."""
        plain = self._norm(f"{name}.norm", values)
        decay = np.exp(-surface.evals[:, None] * np.exp(self.weights[f"{name}.log_times"]))
        spectrum = decay * (surface.project @ plain)
        diffused = surface.evecs @ spectrum
        real, imaginary = surface.gradient[0] @ spectrum, surface.gradient[1] @ spectrum
        a, b = self.weights[f"{name}.rotate_real.weight"].T, self.weights[f"{name}.rotate_imaginary.weight"].T
        slopes = np.tanh(real * (real @ a - imaginary @ b) + imaginary * (imaginary @ a + real @ b))
        inner = self._linear(f"{name}.mix_in", np.concatenate([plain, diffused, slopes], axis=1))
        return values + self._linear(f"{name}.mix_out", np.maximum(inner, 0.0))

    def _linear(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, name: str, values: np.ndarray) -> np.ndarray:
        centred = values - values.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + _EPSILON)
        return centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def save_features(
    path: str | Path, network: FeatureNet, templates: Mapping[str, Template], facts: Mapping[str, Any], *, force: bool
) -> Path:
    """Write a trained network and its templates, weights in half precision.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    import torch

    from geomlearn.core.weights import write_weights

    tensors = {f"network.{name}": value.half() for name, value in network.state_dict().items()}
    for kind, template in templates.items():
        anchors = template.anchors
        tensors[f"templates.{kind}.points"] = torch.from_numpy(template.points[anchors]).float()
        tensors[f"templates.{kind}.modes"] = torch.from_numpy(template.modes[anchors]).float()
    header = {"kinds": list(templates), "options": network.options.model_dump(mode="json"), "facts": dict(facts)}
    return write_weights(path, _FORMAT, tensors, header, force=force)


def load_features(path: str | Path) -> FeatureModel:
    """The features in a file, on arrays.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no features.
    """
    from safetensors import SafetensorError, safe_open

    path = existing_file(path)
    hint = "Give a file that `geomlearn train features` wrote."
    try:
        with safe_open(path, framework="np") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} holds no features, and no model at all: {error}.", hint) from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise FormatError(f"{path.name} holds no features.", hint)
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise FormatError(f"{path.name} holds weights that are no numbers.", "Train it again.")
    weights = {n.removeprefix("network."): t.astype(np.float32) for n, t in tensors.items() if n.startswith("network.")}
    try:
        templates = {
            kind: {part: tensors[f"templates.{kind}.{part}"] for part in ("points", "modes")}
            for kind in header["kinds"]
        }
        return FeatureModel(weights, templates, FeatureNetOptions(**header["options"]), header["facts"])
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path.name} is damaged: {error}.", hint) from error


@lru_cache(maxsize=1)
def bundled_features() -> FeatureModel:
    """The features that come with geomlearn.

    Raises
    ------
    FormatError   this installation lacks them.
    """
    if not BUNDLED.is_file():
        raise FormatError("This installation lacks the learned features.", "Give some with --features FILE.")
    return load_features(BUNDLED)
