"""A learned prior with the signals it is one of: denoises, scores, and lies in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.weights import check_fit, fitting, read_weights, write_weights
from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.options import LpnOptions
from geomlearn.restoration.shipped import prior_file
from geomlearn.restoration.subspace import Subspace

_FORMAT = "geomlearn-lpn"
KINDS = ("fields", "bodies", "images")


@dataclass(eq=False)
class Prior:
    """A learned proximal network on the coordinates of signals, and a Gaussian on what those leave out.

    Attributes
    ----------
    kind      "fields" on one shape, "bodies" of one connectivity, or "images".
    sigma     the noise of training, in the unit of the values.
    vertices, faces   of the shape, or of the mean body.
    facts     how it was made.
    """

    network: LearnedProximal
    subspace: Subspace
    kind: str
    sigma: float
    vertices: np.ndarray | None = None
    faces: np.ndarray | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.network.double().eval()

    def denoise(self, signals: np.ndarray, sigma: float | None = None) -> np.ndarray:
        """Signals (b, n) without their noise; one proximal map.

        Parameters
        ----------
        sigma   of the noise, at most that of training, which is meant when it is not given.

        Raises
        ------
        ParameterError   more noise than the prior knows, or values that are not finite.
        SizeMismatch     signals of another size.
        """
        sigma = self.sigma if sigma is None else sigma
        signals = np.atleast_2d(np.asarray(signals, float))
        y = self.numbers(signals)
        clean = self.network.proximal(y, (sigma / self.sigma) ** 2)[0]
        kept = self.subspace.rest**2 / (self.subspace.rest**2 + sigma**2)
        outside = self.subspace.outside(signals) if self.subspace.basis is not None else 0.0
        return self.signals(clean) + kept * outside

    def __call__(self, x: Tensor, sigma: float | Tensor | None = None) -> Tensor:
        """The same on tensors (b, …), as loops of other libraries call a denoiser."""
        level = None if sigma is None else float(torch.as_tensor(sigma).max())
        found = self.denoise(x.detach().cpu().double().reshape(len(x), -1).numpy(), level)
        return torch.as_tensor(found).to(x).reshape(x.shape)

    def score(self, signals: np.ndarray) -> np.ndarray:
        """(b,) R of each signal: −log of its density, up to one constant. High is unlike all that was seen.

        Raises
        ------
        SolverError   a signal is too far away to be scored.
        """
        signals = np.atleast_2d(np.asarray(signals, float))
        inside = self.network.prior(self.numbers(signals)).numpy()
        rest = max(self.subspace.rest, 1e-9 * self.sigma)
        return inside + 0.5 * self.subspace.outside_squared(signals) / rest**2

    def numbers(self, signals: np.ndarray) -> Tensor:
        """Coordinates in units of the noise: what the network sees."""
        return torch.as_tensor(self.subspace.coordinates(signals) / self.sigma)

    def signals(self, numbers: Tensor) -> np.ndarray:
        """The inverse of `numbers`."""
        return self.subspace.signals(numbers.numpy() * self.sigma)

    def check_shape(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        """Refuse a shape that the prior was not learned on.

        Raises
        ------
        SizeMismatch   another connectivity; for fields also other places.
        """
        if self.vertices is None or self.faces is None:
            return
        same = vertices.shape == self.vertices.shape and np.array_equal(faces, self.faces)
        if same and self.kind == "fields":
            size = np.ptp(self.vertices, axis=0).max()
            same = bool(np.abs(vertices - self.vertices).max() <= 1e-4 * size)
        if not same:
            raise SizeMismatch(
                f"The prior belongs to another {'shape' if self.kind == 'fields' else 'connectivity'}: "
                f"{len(self.vertices):,} vertices and {len(self.faces):,} faces, here {len(vertices):,} and "
                f"{len(faces):,}.",
                "Learn one on this shape with `geomlearn train lpn`.",
            )

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write it as safetensors."""
        tensors = {f"network.{name}": value.float() for name, value in self.network.state_dict().items()}
        for name, array in self._arrays().items():
            tensors[name] = torch.from_numpy(np.array(array)).to(torch.int32 if name == "faces" else torch.float32)
        header = {
            "kind": self.kind,
            "n": self.network.n,
            "network": self.network.options.model_dump(),
            "sigma": self.sigma,
            "rest": self.subspace.rest,
            "facts": self.facts,
        }
        return write_weights(path, _FORMAT, tensors, header, force=force)

    def _arrays(self) -> dict[str, np.ndarray]:
        held = {"mean": self.subspace.mean, "basis": self.subspace.basis, "weights": self.subspace.weights}
        held["evals"] = self.subspace.evals
        held |= {"vertices": self.vertices, "faces": self.faces}
        return {name: array for name, array in held.items() if array is not None}


def load_prior(path: str | Path) -> Prior:
    """The prior of a file that `Prior.save` wrote, or a shipped one: "shipped:bodies", "shipped:fields".

    Raises
    ------
    FormatError   it holds none, or is damaged; or none of that name is shipped.
    """
    path = prior_file(path)
    tensors, header = read_weights(path, _FORMAT, "learned prior", "geomlearn train lpn")
    with fitting(path):
        weights = {name.removeprefix("network."): v for name, v in tensors.items() if name.startswith("network.")}
        options = LpnOptions(**header["network"])

        def build() -> LearnedProximal:
            return LearnedProximal(int(header["n"]), options, images=header["kind"] == "images")

        check_fit(build, weights)
        network = build()
        network.load_state_dict(weights)
        network.potential.clip()
        held = {
            name: tensors[name].double().numpy()
            for name in ("mean", "basis", "weights", "evals", "vertices")
            if name in tensors
        }
        vertices = held.pop("vertices", None)
        faces = tensors["faces"].long().numpy() if "faces" in tensors else None
        subspace = Subspace(**held, rest=float(header["rest"]))
        if subspace.k != network.n or header["kind"] not in KINDS or not header["sigma"] > 0:
            raise ParameterError("its parts do not fit each other", "Train it again.")
        return Prior(network, subspace, header["kind"], float(header["sigma"]), vertices, faces, header["facts"])
