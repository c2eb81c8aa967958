"""How hard each entry of a functional map is held down: five masks on one scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.matching.diffumatch.distillation import (
    distilled_mask,
    normalized,
    posterior_mask,
    static_mask,
)
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import MapPrior
from geomlearn.matching.terms.energy import laplacian_mask, resolvent_mask

Pair = tuple[torch.Tensor, torch.Tensor]

# Weight λ, and for masks from a prior a length σ: the floor of moments for "static", noise for the other two. Chosen by
# `python -m benchmarks matching priors choose` on its validation categories.
CHOSEN = {
    "laplacian": (1e-2, 1.0),
    "resolvent": (1e-2, 1.0),
    "static": (1e-2, 0.05),
    "diffusion": (1e-2, 0.15),
    "score": (1e-3, 0.3),
}
# Floor of moments for "diffusion", which begins with the static mask.
FLOOR = CHOSEN["static"][1]
# Draws of noise from which a mask is distilled.
N_DRAWS = 32


class Regularizer:
    """Masks for the two maps of a pair.

    Parameters
    ----------
    kind             "laplacian", "resolvent": from the eigenvalues (at unit area), for near-isometric pairs;
                     "static": from the second moments of a prior; "diffusion": from its moments given the maps at
                     hand; "score": from its score there, as published.
    evals_a, evals_b  eigenvalues, k or more.
    prior            for the last three; its size is the size of all maps.
    k                modes of the maps.

    Raises
    ------
    ParameterError   the prior knows maps of another size.

    Every mask has mean 1, so weights compare.
    """

    def __init__(
        self,
        options: DiffuMatchOptions,
        evals_a: np.ndarray,
        evals_b: np.ndarray,
        prior: MapPrior | None,
        k: int,
    ) -> None:
        if prior is not None and prior.k != k:
            raise ParameterError(f"The prior knows maps of {prior.k} modes, not of {k}.", "Give another prior.")
        self.kind, self.k, self._prior = options.regularizer, k, prior
        chosen_weight, chosen_sigma = CHOSEN[self.kind]
        self.weight = chosen_weight if options.w_regularizer is None else options.w_regularizer
        self._sigma = chosen_sigma if options.mask_sigma is None else options.mask_sigma
        if self.kind in ("laplacian", "resolvent"):
            build = laplacian_mask if self.kind == "laplacian" else resolvent_mask
            mask = normalized(torch.from_numpy(build(evals_a[:k], evals_b[:k])).float())
            self._fixed = mask, mask.T
        elif self.kind != "score" and prior is not None:
            mask = normalized(static_mask(prior.second_moment, FLOOR if self.kind == "diffusion" else self._sigma))
            self._fixed = mask, mask

    def masks(self, raw: Pair, settle: Callable[[Pair], Pair], generator: torch.Generator) -> Pair:
        """(k, k) for each of two maps, A → B and B → A.

        Parameters
        ----------
        raw     (k, k) each, from features alone: around these the score is taken.
        settle  from masks to the maps of the point maps nearest to what the features give under them. Raw maps are far
                from any true map, and a prior asked around them believes them; moments are taken around settled ones.
        """
        settings: dict[str, Any] = {"sigma": self._sigma, "n_draws": N_DRAWS, "generator": generator}
        if self._prior is None or self.kind not in ("score", "diffusion"):
            return self._fixed
        if self.kind == "score":
            first, second = (normalized(distilled_mask(fmap, self._prior.denoiser, **settings)) for fmap in raw)
            return first, second
        settings["floor"] = FLOOR
        near = settle(self._fixed)
        first, second = (normalized(posterior_mask(fmap, self._prior.denoiser, **settings)) for fmap in near)
        return first, second
