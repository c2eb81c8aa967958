"""A prior over functional maps as it is used, and as it lies in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError
from geomlearn.core.weights import check_fit, fitting, read_weights, write_weights
from geomlearn.matching.diffumatch.options import DenoiserOptions
from geomlearn.matching.diffumatch.prior.denoiser import DiffusionDenoiser

BUNDLED = asset("priors", "diffumatch.safetensors")
_FORMAT = "geomlearn-map-prior"


@dataclass(frozen=True, eq=False)
class MapPrior:
    """What is known of the true functional maps between shapes at unit area.

    Attributes
    ----------
    second_moment (k, k)  E[C_ij²] over the training maps: all that the static prior knows.
    denoiser              (b, k, k) noisy |C| and (b,) noise levels to the expected clean |C|; its weights are fixed.
    facts                 how it was trained, JSON values.
    """

    second_moment: torch.Tensor
    denoiser: DiffusionDenoiser
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.denoiser.eval().requires_grad_(False)

    @property
    def k(self) -> int:
        """Modes of the maps it knows."""
        return len(self.second_moment)


def save_prior(path: str | Path, prior: MapPrior, *, force: bool = False) -> Path:
    """Write a prior; weights of the network in half precision, which moves its answers by a thousandth.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    header = {
        "k": prior.k,
        "options": prior.denoiser.options.model_dump(mode="json"),
        "facts": dict(prior.facts),
    }
    tensors = {"second_moment": prior.second_moment.float()}
    for name, value in prior.denoiser.state_dict().items():
        tensors[f"denoiser.{name}"] = value.half() if name.startswith("network.") else value.float()
    return write_weights(path, _FORMAT, tensors, header, force=force)


def load_prior(path: str | Path) -> MapPrior:
    """The prior in a file.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no prior over functional maps.
    """
    tensors, header = read_weights(path, _FORMAT, "prior over functional maps", "geomlearn train prior")
    with fitting(path):
        k, options = int(header["k"]), DenoiserOptions(**header["options"])
        second_moment = tensors.pop("second_moment").float()
        if tuple(second_moment.shape) != (k, k):
            raise ValueError(f"moments of shape {tuple(second_moment.shape)} beside maps of {k} modes")
        weights = {name.removeprefix("denoiser."): value.float() for name, value in tensors.items()}

        def build() -> DiffusionDenoiser:
            blank = torch.zeros(k, k)
            return DiffusionDenoiser(blank, blank, options)

        check_fit(build, weights)
        # A new network draws its weights, to no purpose here: the caller's generator stays as it is.
        with torch.random.fork_rng(devices=[]):
            denoiser = build()
        denoiser.load_state_dict(weights)
    return MapPrior(second_moment, denoiser, header["facts"])


@lru_cache(maxsize=1)
def bundled_prior() -> MapPrior:
    """The prior that comes with geomlearn.

    Raises
    ------
    FormatError   this installation lacks it.
    """
    if not BUNDLED.is_file():
        raise FormatError("This installation lacks the prior of diffumatch.", "Give one with --prior FILE.")
    return load_prior(BUNDLED)
