"""The weight and the rounding of total variation, learned from pairs of clean and noisy fields on one graph."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.tuning.bilevel import BilevelProblem


class TotalVariation(BilevelProblem):
    """x̂ = argmin_x ½‖x − y‖² + e^{θ₁} Σ_e w_e √((D x)_e² + e^{2θ₂}),  loss ½‖x̂ − clean‖² per field and unit of mass.

    Parameters
    ----------
    noisy, clean (f, n)   pairs of fields.
    edges  (e, 2)         of the mesh or grid; D takes differences along them.
    weights (e,)          of the edges, ones if absent.
    mass   (n,)           areas in both norms, ones if absent.

    Raises
    ------
    SizeMismatch     fields, edges and weights do not fit each other.
    ParameterError   a value is not finite, or there is no pair.
    """

    def __init__(
        self,
        noisy: np.ndarray,
        clean: np.ndarray,
        edges: np.ndarray,
        weights: np.ndarray | None = None,
        mass: np.ndarray | None = None,
    ) -> None:
        noisy, clean = np.atleast_2d(np.asarray(noisy, float)), np.atleast_2d(np.asarray(clean, float))
        if noisy.shape != clean.shape or (len(edges) and int(np.max(edges)) >= noisy.shape[1]):
            raise SizeMismatch(
                f"Noisy {noisy.shape} and clean {clean.shape} fields and the edges do not fit.",
                "Give pairs on one mesh.",
            )
        if not noisy.size or not (np.isfinite(noisy).all() and np.isfinite(clean).all()):
            raise ParameterError("Pairs of fields must be finite numbers.", "Leave broken pairs out.")
        self.noisy, self.clean = torch.as_tensor(noisy), torch.as_tensor(clean)
        self.edges = torch.as_tensor(np.asarray(edges, np.int64))
        share = np.ones(noisy.shape[1]) if mass is None else np.asarray(mass, float) / np.mean(mass)
        self.mass = torch.as_tensor(share)
        self.weights = torch.as_tensor(np.ones(len(edges)) if weights is None else np.asarray(weights, float))
        self._reach = _largest(np.asarray(edges), self.weights.numpy(), noisy.shape[1])

    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        jumps = x[:, self.edges[:, 0]] - x[:, self.edges[:, 1]]
        rounded = torch.sqrt(jumps**2 + torch.exp(2 * theta[1]))
        return 0.5 * (self.mass * (x - self.noisy) ** 2).sum() + torch.exp(theta[0]) * (self.weights * rounded).sum()

    def upper(self, x: Tensor) -> Tensor:
        return 0.5 * (self.mass * (x - self.clean) ** 2).sum() / self.noisy.numel()

    def convexity(self, theta: Tensor) -> float:
        return float(self.mass.min())

    def smoothness(self, theta: Tensor) -> float:
        # √(t² + s²) bends by at most 1/s.
        return float(self.mass.max()) + math.exp(float(theta[0] - theta[1])) * self._reach

    @property
    def upper_smoothness(self) -> float:
        return float(self.mass.max()) / self.noisy.numel()

    def start(self) -> Tensor:
        return self.noisy.clone()


def _largest(edges: np.ndarray, weights: np.ndarray, n: int) -> float:
    """Largest eigenvalue of Dᵀ W D, from above: twice the largest weighted degree."""
    degree = sp.coo_array((np.tile(weights, 2), (edges.T.ravel(), np.zeros(2 * len(edges), int))), shape=(n, 1))
    return 2 * float(degree.toarray().max(initial=0))
