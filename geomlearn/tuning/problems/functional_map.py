"""Weights of the terms that a functional map is computed by, learned from pairs whose map is known."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.tuning.bilevel import BilevelProblem


class FunctionalMapWeights(BilevelProblem):
    """Ĉ = argmin_C ½ Σ_j e^{θ_j} ‖C a_j − b_j‖² + ½ e^{θ_c} Σ m C² + ½ e^{θ_r} ‖C‖²,  loss ½‖Ĉ − C*‖² a pair.

    θ holds a weight for each descriptor, that of commuting with Laplacians, m_ij = (λᵇ_i − λᵃ_j)² over its largest, and
    that of the size.

    Parameters
    ----------
    a, b (p, k, d)           coefficients of d descriptors on both shapes of p pairs.
    evals_a, evals_b (p, k)
    maps (p, k, k)           the true functional maps, from A to B.

    Raises
    ------
    SizeMismatch     the arrays do not fit.
    ParameterError   there is no pair, or a value is not finite.
    """

    def __init__(
        self, a: np.ndarray, b: np.ndarray, evals_a: np.ndarray, evals_b: np.ndarray, maps: np.ndarray
    ) -> None:
        a, b, maps = (np.asarray(v, float) for v in (a, b, maps))
        evals = [np.asarray(v, float) for v in (evals_a, evals_b)]
        fits = a.ndim == 3 and a.shape == b.shape and maps.shape == (*a.shape[:2], a.shape[1])
        if not fits or any(v.shape != a.shape[:2] for v in evals):
            raise SizeMismatch(
                f"Descriptors {a.shape} and {b.shape}, eigenvalues {evals[0].shape} and maps {maps.shape} do not fit.",
                "Give (p, k, d), (p, k, d), (p, k) twice, (p, k, k).",
            )
        if not a.size or not all(np.isfinite(v).all() for v in (a, b, maps, *evals)):
            raise ParameterError("Pairs must be finite numbers, and one at least.", "Leave broken pairs out.")
        # Descriptors of one size each, so that weights compare.
        size = np.sqrt((a**2).sum(1, keepdims=True).mean(0, keepdims=True)) + 1e-12
        self.a, self.b, self.maps = torch.as_tensor(a / size), torch.as_tensor(b / size), torch.as_tensor(maps)
        gaps = (evals[1][:, :, None] - evals[0][:, None, :]) ** 2
        self.gaps = torch.as_tensor(gaps / gaps.max((1, 2), keepdims=True))

    def theta(self) -> Tensor:
        """Where to begin: all descriptors alike, commuting as much, size a hundredth."""
        d = self.a.shape[2]
        return torch.cat([torch.zeros(d), torch.tensor([0.0, -4.6])]).double()

    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        weights = torch.exp(theta)
        misfit = ((x @ self.a - self.b) ** 2).sum((0, 1))
        return 0.5 * (
            (weights[:-2] * misfit).sum() + weights[-2] * (self.gaps * x**2).sum() + weights[-1] * (x**2).sum()
        )

    def upper(self, x: Tensor) -> Tensor:
        return 0.5 * ((x - self.maps) ** 2).sum() / len(self.maps)

    def convexity(self, theta: Tensor) -> float:
        return float(torch.exp(theta[-1]))

    def smoothness(self, theta: Tensor) -> float:
        weighted = self.a * torch.exp(0.5 * theta[:-2])
        largest = float(torch.linalg.matrix_norm(weighted, 2).max()) ** 2
        return largest + float(torch.exp(theta[-2]) + torch.exp(theta[-1]))

    @property
    def upper_smoothness(self) -> float:
        return 1.0 / len(self.maps)

    def start(self) -> Tensor:
        return torch.zeros_like(self.maps)
