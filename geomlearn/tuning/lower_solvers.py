"""Lower problems solved to an accuracy that is known without knowing the solution, and their linear systems."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from geomlearn.core.errors import SolverError
from geomlearn.tuning.bilevel import BilevelProblem


def solve_lower(
    problem: BilevelProblem, theta: Tensor, start: Tensor, accuracy: float, max_iterations: int
) -> tuple[Tensor, int]:
    """x̃ with ‖∇_x h(x̃, θ)‖ ≤ ε μ, hence ‖x̃ − x̂‖ ≤ ε, and the gradients it took.

    Accelerated gradient for strongly convex functions: with τ = 1/L and q = τμ,
    t⁺ = (1 − q t² + √((1 − q t²)² + 4 t²))/2,  β = ((t − 1)/t⁺)·(1 − t⁺ q)/(1 − q)   (equation 1)

    Raises
    ------
    SolverError   the accuracy is not reached; it carries the best point.
    """
    mu, smooth = problem.convexity(theta), problem.smoothness(theta)
    tau, q, t = 1 / smooth, mu / smooth, 0.0
    x = before = start.detach()
    gradient = problem.lower_gradient(x, theta)
    for iteration in range(1, max_iterations + 1):
        if float(gradient.norm()) <= accuracy * mu:
            return x, iteration
        t, last = (1 - q * t * t + math.sqrt((1 - q * t * t) ** 2 + 4 * t * t)) / 2, t
        beta = (last - 1) / t * (1 - t * q) / (1 - q) if q < 1 else 0.0
        ahead = x + beta * (x - before)
        before, x = x, ahead - tau * problem.lower_gradient(ahead, theta)
        gradient = problem.lower_gradient(x, theta)
    raise SolverError(
        f"A lower problem was not solved to {accuracy:.1e} in {max_iterations} iterations "
        f"(condition {smooth / mu:.1e}).",
        "Allow more iterations, or make the problem better conditioned.",
        best=x,
    )


def conjugate_gradient(
    product: Callable[[Tensor], Tensor], right: Tensor, residual: float, max_iterations: int
) -> tuple[Tensor, int]:
    """q with ‖H q − right‖ ≤ residual, from zero, and the products it took; zero where `right` is that small.

    Raises
    ------
    SolverError   the residual is not reached.
    """
    q, rest = torch.zeros_like(right), right.clone()
    direction, power = rest.clone(), float((rest * rest).sum())
    for iteration in range(max_iterations):
        if math.sqrt(power) <= residual:
            return q, iteration
        image = product(direction)
        step = power / float((direction * image).sum())
        q, rest = q + step * direction, rest - step * image
        power, last = float((rest * rest).sum()), power
        direction = rest + power / last * direction
    if math.sqrt(power) <= residual * (1 + 1e-9):
        return q, max_iterations
    raise SolverError(
        f"A linear system was not solved to {residual:.1e} in {max_iterations} products.", "Allow more.", best=q
    )
