"""The basis of any cloud from a trained network, and the files it lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from geomlearn import __version__
from geomlearn.core.assets import asset
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.weights import check_fit, fitting, read_weights, write_weights
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.amortised.clouds import CloudTensors, cloud_tensors
from geomlearn.spectral.learned_eigenbasis.amortised.network import LandmarkNetwork
from geomlearn.spectral.learned_eigenbasis.inputs import (
    Surroundings,
    checked_points,
    isolated_note,
    surroundings,
)
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions, NetworkOptions, ProbeOptions
from geomlearn.spectral.learned_eigenbasis.to_basis import scattered, to_basis

SHIPPED = asset("eigenbasis", "surfaces.safetensors")
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
        """The k lowest modes on a cloud (n, d): one pass of the network, and no gradients to the points.

        Raises
        ------
        SizeMismatch     too few distinct points, or another d than the network's.
        MeshError        numbers that are not finite, or points that all coincide.
        ParameterError   k exceeds the modes the network gives.

        Use when …   many clouds need a basis of a few dozen modes.
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
            columns = self.network(**vars(cloud))
        metadata = {
            "source": name,
            "method": "learned eigenbasis, amortised",
            "parameters": options.model_dump(),
            "version": __version__,
            "notes": [*notes, *isolated_note(seen.laplacian)],
        }
        made = to_basis(columns, seen, options, self.probes, self.name, metadata)
        return scattered(made.truncated(options.k), twin)

    def cloud(self, points: np.ndarray, name: str = "The cloud") -> CloudTensors:
        """What the network is given of a cloud (n, d).

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
        return seen, cloud_tensors(seen, sizes.n_landmarks, self.probes.dimension), twin, notes


def save_eigenbasis_model(path: str | Path, model: EigenbasisModel, *, force: bool = False) -> Path:
    """Write the weights, and as JSON beside them what they belong to.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    header = {
        "n_dimensions": model.network.n_dimensions,
        "network": model.network.options.model_dump(mode="json"),
        "probes": model.probes.model_dump(mode="json"),
        "facts": dict(model.facts),
    }
    return write_weights(path, _FORMAT, model.network.state_dict(), header, force=force)


def load_eigenbasis_model(path: str | Path | None = None) -> EigenbasisModel:
    """The model of a file, or the shipped one.

    Raises
    ------
    FormatError   the file is missing or damaged, or no model of this kind.
    """
    path = SHIPPED if path is None else Path(path)
    tensors, header = read_weights(path, _FORMAT, "model of eigenbases", "geomlearn train eigenbasis")
    with fitting(path):
        sizes = int(header["n_dimensions"]), NetworkOptions(**header["network"])
        check_fit(lambda: LandmarkNetwork(*sizes), tensors)
        network = LandmarkNetwork(*sizes)
        network.load_state_dict(tensors)
        probes = ProbeOptions(**header["probes"])
    return EigenbasisModel(network.eval(), probes, path.stem, header["facts"])
