"""Many strictly convex problems at once, by Newton's method with conjugate gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from geomlearn.core.errors import SolverError

Function = Callable[[Tensor], Tensor]


def minimize_each(function: Function, start: Tensor, *, tolerance: float = 1e-9, max_iterations: int = 100) -> Tensor:
    """The minimum (b, n) of each row's own problem.

    Parameters
    ----------
    function   (b, n) → (b,), row by row, convex and twice differentiable.
    tolerance  of each gradient, over the size of the first or 1.

    Raises
    ------
    SolverError   some row's gradient is still above √tolerance after all iterations; carries what was reached.
    """
    u = start.detach().clone()
    size = None
    for _ in range(max_iterations):
        u.requires_grad_()
        value = function(u)
        gradient = torch.autograd.grad(value.sum(), u, create_graph=True)[0]
        norm = gradient.detach().norm(dim=1)
        size = norm.clamp(min=1) if size is None else size
        if bool((norm <= tolerance * size).all()):
            return u.detach()
        step = _newton_step(gradient, u, norm)
        u, moved = _searched(function, u.detach(), value.detach(), gradient.detach(), step)
        if not moved:
            break
    if bool((norm <= tolerance**0.5 * size).all()):
        return u.detach()
    raise SolverError(
        f"A convex problem was solved to a gradient of {float((norm / size).max()):.1e} only.",
        "The signal is far from all that the prior has seen; look at its unit.",
        best=u.detach(),
    )


def _newton_step(gradient: Tensor, u: Tensor, norm: Tensor, most: int = 200) -> Tensor:
    """−H⁻¹g, as exactly as the gradient is small (Eisenstat and Walker)."""
    right = -gradient.detach()
    goal = norm * torch.minimum(torch.full_like(norm, 0.1), norm.sqrt())
    found, residual = torch.zeros_like(right), right.clone()
    direction, size = residual.clone(), (residual**2).sum(1)
    for _ in range(most):
        image = torch.autograd.grad(gradient, u, direction, retain_graph=True)[0]
        bend = (direction * image).sum(1)
        alive = (size.sqrt() > goal) & (bend > 0)
        if not bool(alive.any()):
            break
        share = torch.where(alive, size / bend.clamp(min=1e-300), torch.zeros_like(size))[:, None]
        found, residual = found + share * direction, residual - share * image
        following = (residual**2).sum(1)
        ratio = torch.where(alive, following / size.clamp(min=1e-300), torch.zeros_like(size))
        direction, size = residual + ratio[:, None] * direction, following
    return found


def _searched(function: Function, u: Tensor, value: Tensor, gradient: Tensor, step: Tensor) -> tuple[Tensor, bool]:
    """Each row as far along its step as lowers its value; false when no row moves."""
    slope = (gradient * step).sum(1)
    length = torch.ones_like(value)
    noise = 1e-12 * value.abs().clamp(min=1)
    for _ in range(40):
        with torch.no_grad():
            trial = function(u + length[:, None] * step)
        # Where differences of values drown in rounding, a full step is as good as any.
        fine = trial <= value + 1e-4 * length * slope + noise
        if bool(fine.all()):
            break
        length = torch.where(fine, length, length / 2)
    length = torch.where(fine, length, torch.zeros_like(length))
    return u + length[:, None] * step, bool((length > 0).any())
