"""Regularized Newton systems (H + λB)h = g: by Cholesky, by conjugate gradients, or in closed form for rank one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator

from geomlearn.core.errors import ParameterError, SizeMismatch


@dataclass(frozen=True, eq=False)
class RankOne:
    """The Hessian approximation weight · q qᵀ, with q (d,) and weight ≥ 0."""

    weight: float
    q: np.ndarray


Hessian: TypeAlias = np.ndarray | LinearOperator | RankOne | None


class Metric:
    """A positive definite B: None for the identity, (d,) for its diagonal, or (d, d).

    Lengths are ‖h‖ = √⟨Bh, h⟩, and ‖g‖_* = √⟨g, B⁻¹g⟩ for gradients.

    Raises
    ------
    ParameterError   the matrix is not positive definite.
    """

    def __init__(self, b: np.ndarray | None = None) -> None:
        self.b = None if b is None else np.asarray(b, float)
        self._factor = None
        positive = self.b is None or bool((self.b > 0).all())
        if self.b is not None and self.b.ndim == 2:
            try:
                self._factor, positive = cho_factor(self.b), True
            except LinAlgError:
                positive = False
        if not positive:
            raise ParameterError("The metric is not positive definite.", "Add a small multiple of the identity.")

    def apply(self, h: np.ndarray) -> np.ndarray:
        """B h."""
        if self.b is None:
            return h
        return self.b @ h if self.b.ndim == 2 else self.b * h

    def solve(self, g: np.ndarray) -> np.ndarray:
        """B⁻¹ g."""
        if self.b is None:
            return g
        return g / self.b if self._factor is None else cho_solve(self._factor, g)

    def length(self, h: np.ndarray) -> float:
        """‖h‖."""
        return math.sqrt(max(float(h @ self.apply(h)), 0.0))

    def dual_length(self, g: np.ndarray) -> float:
        """‖g‖_*."""
        return math.sqrt(max(float(g @ self.solve(g)), 0.0))

    def added_to(self, hessian: np.ndarray, weight: float) -> np.ndarray:
        """H + weight·B."""
        total = np.array(hessian, float)
        if self.b is not None and self.b.ndim == 2:
            return total + weight * self.b
        total[np.diag_indices_from(total)] += weight if self.b is None else weight * self.b
        return total


def newton_direction(
    hessian: Hessian,
    gradient: np.ndarray,
    weight: float,
    metric: Metric,
    *,
    tolerance: float = 0.0,
    max_iter: int = 500,
) -> np.ndarray | None:
    """(H + λB)⁻¹ g, or None where that matrix is not positive definite.

    H = None stands for zero, a matrix is factorized, an operator is only applied: conjugate gradients, preconditioned
    by B, to the relative residual `tolerance`; a rank-one H takes the Sherman–Morrison formula.

    Raises
    ------
    SizeMismatch   H has another size than g.
    """
    n = len(gradient)
    size = n if hessian is None else len(hessian.q) if isinstance(hessian, RankOne) else hessian.shape[0]
    if size != n:
        raise SizeMismatch(f"A Hessian of size {size} meets a gradient of size {n}.", "Return both at the same point.")
    if hessian is None:
        return metric.solve(gradient) / weight
    if isinstance(hessian, RankOne):
        g, q = metric.solve(gradient), metric.solve(hessian.q)
        share = hessian.weight / weight * float(hessian.q @ g) / (1 + hessian.weight / weight * float(hessian.q @ q))
        return (g - share * q) / weight
    if isinstance(hessian, LinearOperator):
        return conjugate_gradients(
            lambda h: hessian.matvec(h) + weight * metric.apply(h), gradient, metric.solve, tolerance, max_iter
        )
    try:
        return cho_solve(cho_factor(metric.added_to(hessian, weight), check_finite=False), gradient)
    except LinAlgError:
        return None


def conjugate_gradients(
    product: Callable[[np.ndarray], np.ndarray],
    right: np.ndarray,
    precondition: Callable[[np.ndarray], np.ndarray],
    tolerance: float,
    max_iter: int,
) -> np.ndarray | None:
    """Solve A h = right for positive definite A; None as soon as a direction of non-positive curvature turns up."""
    h, residual = np.zeros_like(right), right.copy()
    goal = tolerance * np.linalg.norm(right)
    z = precondition(residual)
    direction, rho = z.copy(), float(residual @ z)
    for _ in range(max_iter):
        if np.linalg.norm(residual) <= goal or rho == 0:
            break
        image = product(direction)
        curvature = float(direction @ image)
        if curvature <= 0:
            return None
        step = rho / curvature
        h += step * direction
        residual -= step * image
        z = precondition(residual)
        rho, last = float(residual @ z), rho
        direction = z + rho / last * direction
    return h
