"""How hard each entry of a functional map is held down: four masks on one scale."""

from __future__ import annotations

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.matching.diffumatch.distillation import distilled_mask, normalized, static_mask
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import MapPrior
from geomlearn.matching.terms.energy import laplacian_mask, resolvent_mask

Pair = tuple[torch.Tensor, torch.Tensor]

# Weight λ, and noise level σ where there is one: chosen by `benchmarks/priors.py choose` on its validation categories.
CHOSEN = {
    "laplacian": (1e-3, 1.0),
    "resolvent": (1e-3, 1.0),
    "static": (1e-3, 0.3),
    "diffusion": (1e-2, 0.3),
}

# Draws of noise from which a mask is distilled.
N_DRAWS = 50


class Regularizer:
    """Masks for the two maps of a pair.

    Parameters
    ----------
    kind             "laplacian", "resolvent": from the eigenvalues (at unit area), for near-isometric pairs;
                     "static": from the second moments of a prior; "diffusion": distilled around the maps at hand.
    evals_a, evals_b  eigenvalues, k or more.
    prior            for the last two; its size is the size of all maps.
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
        self._fixed: Pair | None = None
        if self.kind in ("laplacian", "resolvent"):
            build = laplacian_mask if self.kind == "laplacian" else resolvent_mask
            mask = normalized(torch.from_numpy(build(evals_a[:k], evals_b[:k])).float())
            self._fixed = mask, mask.T
        elif self.kind == "static":
            mask = normalized(static_mask(prior.second_moment, self._sigma))
            self._fixed = mask, mask

    def masks(self, raw: Pair, generator: torch.Generator) -> Pair:
        """(k, k) for each of two raw maps (k, k), A → B and B → A."""
        if self._fixed is not None:
            return self._fixed
        settings = {"sigma": self._sigma, "n_draws": N_DRAWS, "generator": generator}
        return tuple(normalized(distilled_mask(fmap, self._prior.denoiser, **settings)) for fmap in raw)
