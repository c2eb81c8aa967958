"""The gradient of a bilevel loss, computed inexactly, with a bound of its error."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from geomlearn.tuning.bilevel import BilevelProblem
from geomlearn.tuning.lower_solvers import conjugate_gradient, solve_lower


@dataclass(frozen=True, eq=False)
class Hypergradient:
    """z ≈ ∇f(θ).

    Attributes
    ----------
    z      −J(x̃)ᵀ q of H q = ∇g(x̃)  (equation 2).
    error  ω ≥ ‖z − ∇f(θ)‖; zero where it was not asked for.
    x      x̃, within ε of the lower solution.
    upper  g(x̃);  slope  ‖∇g(x̃)‖.
    cost   lower gradients and Hessian products it took.
    """

    z: Tensor
    error: float
    x: Tensor
    upper: float
    slope: float
    cost: int


class Constants:
    """Lipschitz constants in x of J and of H⁻¹: zero for quadratics, else running maxima of difference quotients."""

    def __init__(self, problem: BilevelProblem) -> None:
        self._problem = problem
        self.cross = self.inverse = 0.0

    def look(self, x: Tensor, theta: Tensor, mu: float) -> int:
        """Take quotients at a point near x into account; products it took."""
        if self._problem.quadratic_lower:
            return 0
        generator = torch.Generator().manual_seed(1)
        away = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        away = away / away.norm() * (1e-3 * (1 + float(x.norm())))
        v = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        v = v / v.norm()
        crossed = [self._problem.cross_product(point, theta, v) for point in (x, x + away)]
        bent = [self._problem.hessian_product(point, theta, v) for point in (x, x + away)]
        distance = float(away.norm())
        self.cross = max(self.cross, float((crossed[0] - crossed[1]).norm()) / distance)
        # ‖H₁⁻¹ − H₂⁻¹‖ ≤ ‖H₁ − H₂‖/μ².
        self.inverse = max(self.inverse, float((bent[0] - bent[1]).norm()) / distance / mu**2)
        return 4


def hypergradient(
    problem: BilevelProblem,
    theta: Tensor,
    start: Tensor,
    accuracy: float,
    residual: float,
    *,
    max_lower: int,
    constants: Constants | None = None,
) -> Hypergradient:
    """z and, where constants are given, its bound

    ω = c ε + (‖J‖/μ) δ + (L_J L_g/μ) ε²,
    c = L_g ‖J‖/μ + L_{H⁻¹} ‖∇g‖ ‖J‖ + L_J ‖∇g‖/μ                               (equation 3)

    with the accuracies that were *reached*, ε = ‖∇_x h(x̃)‖/μ and δ = ‖H q − ∇g‖, which are at most those asked for.

    Raises
    ------
    SolverError   an accuracy is not reached.
    """
    x, cost = solve_lower(problem, theta, start, accuracy, max_lower)
    value, slope = problem.upper_gradient(x)

    def product(v: Tensor) -> Tensor:
        return problem.hessian_product(x, theta, v)

    q, products = conjugate_gradient(product, slope, residual, max_lower)
    z = -problem.cross_product(x, theta, q)
    cost += products + 1
    error = 0.0
    if constants is not None:
        mu = problem.convexity(theta)
        cost += constants.look(x, theta, mu)
        epsilon = float(problem.lower_gradient(x, theta).norm()) / mu
        delta = float((product(q) - slope).norm())
        cross, gradient, smooth = problem.cross_norm(x, theta), float(slope.norm()), problem.upper_smoothness
        c = smooth * cross / mu + constants.inverse * gradient * cross + constants.cross * gradient / mu
        error = c * epsilon + cross / mu * delta + constants.cross * smooth / mu * epsilon**2
    return Hypergradient(z, error, x, value, float(slope.norm()), cost)
