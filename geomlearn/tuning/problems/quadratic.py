"""Least squares inside least squares: everything is known in closed form."""

from __future__ import annotations

import torch
from torch import Tensor

from geomlearn.tuning.bilevel import BilevelProblem


class QuadraticProblem(BilevelProblem):
    """min_θ ½‖A₁ x̂ − b₁‖²,  x̂ = argmin_x ½‖A₂ x + A₃ θ − b₂‖².

    Parameters
    ----------
    a1, a2, a3 (n, d)   with A₂ of full column rank;  b1, b2 (n,).
    """

    quadratic_lower = True

    def __init__(self, a1: Tensor, b1: Tensor, a2: Tensor, a3: Tensor, b2: Tensor) -> None:
        self.a1, self.b1, self.a2, self.a3, self.b2 = (v.to(torch.float64) for v in (a1, b1, a2, a3, b2))
        evals = torch.linalg.eigvalsh(self.a2.T @ self.a2)
        self._mu, self._smooth = float(evals[0]), float(evals[-1])
        self._upper = float(torch.linalg.matrix_norm(self.a1, 2)) ** 2

    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        return 0.5 * ((self.a2 @ x + self.a3 @ theta - self.b2) ** 2).sum()

    def upper(self, x: Tensor) -> Tensor:
        return 0.5 * ((self.a1 @ x - self.b1) ** 2).sum()

    def convexity(self, theta: Tensor) -> float:
        return self._mu

    def smoothness(self, theta: Tensor) -> float:
        return self._smooth

    @property
    def upper_smoothness(self) -> float:
        return self._upper

    def start(self) -> Tensor:
        return torch.zeros(self.a2.shape[1], dtype=torch.float64)

    def solution(self, theta: Tensor) -> Tensor:
        """x̂(θ), differentiable."""
        return torch.linalg.solve(self.a2.T @ self.a2, self.a2.T @ (self.b2 - self.a3 @ theta))
