"""The basis of any cloud from a trained network, and the files it lives in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

import geomlearn
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.amortised.clouds import CloudTensors, batched, cloud_tensors
from geomlearn.spectral.learned_eigenbasis.amortised.network import LandmarkNetwork
from geomlearn.spectral.learned_eigenbasis.inputs import (
    Surroundings,
    checked_points,
    isolated_note,
    surroundings,
)
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions, NetworkOptions, ProbeOptions
from geomlearn.spectral.learned_eigenbasis.to_basis import scattered, to_basis

SHIPPED = Path(geomlearn.__file__).resolve().parents[1] / "assets" / "eigenbasis" / "surfaces.safetensors"
_FORMAT = "geomlearn-eigenbasis"


@dataclass(frozen=True, eq=False)
class EigenbasisModel:
    """A trained network with what it was trained on.

    Attributes
    ----------
    network  on the CPU.
    probes   whose reconstruction taught it.
    name     for people and for the basis's `operator`.
    facts    JSON values: data, training, errors.
    """

    network: LandmarkNetwork
    probes: ProbeOptions
    name: str = "learned"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def basis(
        self,
        points: np.ndarray,
        options: BasisModelOptions = BasisModelOptions(),  # noqa: B008 (frozen)
        name: str = "The cloud",
    ) -> Basis:
        """The k lowest modes on a cloud (n, d): one pass of the network, no eigensolver.

        Raises
        ------
        SizeMismatch     too few distinct points, or another d than the network's.
        MeshError        numbers that are not finite, or points that all coincide.
        ParameterError   k exceeds the modes the network gives.

        Use when …   many clouds need a basis of a few dozen modes, or one through which gradients flow.
        Avoid when … modes must be exact: `eigenbasis` computes them.
        Source   Velich et al. 2026, arXiv 2512.01103.
        Differs  modes are sorted by the chosen estimate of their eigenvalues.
        """
        most = self.network.options.k
        if options.k > most:
            raise ParameterError(
                f"{options.k} modes asked of {self.name}, which gives {most}.", f"Ask for k ≤ {most}, or fit instead."
            )
        # All columns are made, sorted and refined together: the first k do not depend on k.
        seen, cloud, twin, notes = self._looked_at(points, name)
        with torch.no_grad():
            columns = self.network(cloud)[0]
        metadata = {
            "source": name,
            "method": "learned eigenbasis, amortised",
            "parameters": options.model_dump(),
            "version": geomlearn.__version__,
            "notes": [*notes, *isolated_note(seen.laplacian)],
        }
        made = to_basis(columns, seen, options, self.probes, self.name, metadata)
        return scattered(made.truncated(options.k), twin)

    def cloud(self, points: np.ndarray, name: str = "The cloud") -> CloudTensors:
        """What the network is given of a cloud (n, d): a batch of one.

        Raises
        ------
        SizeMismatch, MeshError   as `basis`.
        """
        return self._looked_at(points, name)[1]

    def _looked_at(self, points: np.ndarray, name: str) -> tuple[Surroundings, CloudTensors, np.ndarray, list[str]]:
        sizes = self.network.options
        distinct, twin, notes = checked_points(points, max(sizes.k, sizes.n_landmarks), name)
        if distinct.shape[1] != self.network.n_dimensions:
            raise SizeMismatch(
                f"{name} has points of {distinct.shape[1]} numbers; {self.name} reads {self.network.n_dimensions}.",
                "Fit a basis instead.",
            )
        seen = surroundings(distinct, self.probes.dimension, self.probes.n_neighbours)
        return seen, batched([cloud_tensors(seen, sizes.n_landmarks, self.probes.dimension)]), twin, notes


def save_eigenbasis_model(path: str | Path, model: EigenbasisModel, *, force: bool = False) -> Path:
    """Write the weights, and as JSON beside them what they belong to.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    header = {
        "format": _FORMAT,
        "version": geomlearn.__version__,
        "n_dimensions": model.network.n_dimensions,
        "network": model.network.options.model_dump(mode="json"),
        "probes": model.probes.model_dump(mode="json"),
        "facts": dict(model.facts),
    }
    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in model.network.state_dict().items()}
    with atomic_path(path, force=force) as temporary:
        save_file(tensors, temporary, metadata={"geomlearn": json.dumps(header)})
    return Path(path)


def load_eigenbasis_model(path: str | Path | None = None) -> EigenbasisModel:
    """The model of a file, or the shipped one.

    Raises
    ------
    FormatError   the file is missing or damaged, or no model of this kind.
    """
    path = existing_file(SHIPPED if path is None else path)
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("geomlearn", "null"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, ValueError) as error:
        raise FormatError(f"{path.name} is no model file: {error}.", "Give a file that `train` wrote.") from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise FormatError(
            f"{path.name} holds no model of eigenbases.", "Give a file that `geomlearn train eigenbasis` wrote."
        )
    try:
        network = LandmarkNetwork(int(header["n_dimensions"]), NetworkOptions(**header["network"]))
        network.load_state_dict(tensors)
        probes = ProbeOptions(**header["probes"])
    except (KeyError, TypeError, RuntimeError, ParameterError) as error:
        reason = str(error).splitlines()[0].rstrip(".:")
        raise FormatError(
            f"{path.name} does not fit this version of geomlearn: {reason}.", "Train it again."
        ) from error
    return EigenbasisModel(network.eval(), probes, path.stem, header["facts"])
