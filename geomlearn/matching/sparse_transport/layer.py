"""Sparsity-constrained transport as a layer: batches of costs, gradients of the value and through the plan."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class SparseTransportLayer(nn.Module):
    """Batched semi-dual transport with at most k sources for each target.

    Parameters
    ----------
    k, gamma     as in `SparseTransportOptions`; costs are taken as they are, not scaled.
    iterations   steps of Adam on the potentials, with a falling rate.
    unrolled     the last of these through which gradients of the plan flow; those of the value need none.

    Calling it with costs (…, m, n) and masses (…, m), (…, n) gives plans (…, m, n) with at most k nonzeros in a column
    and exact column sums.

    Source   Liu, Puigcerver & Blondel 2022, arXiv 2209.15466.
    Differs  Gradients through plans are those of unrolled steps.
    """

    def __init__(self, k: int, gamma: float = 1.0, *, iterations: int = 300, unrolled: int = 5) -> None:
        super().__init__()
        self.k, self.gamma, self.iterations, self.unrolled = k, gamma, iterations, unrolled

    def forward(self, cost: torch.Tensor, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        alpha = solved(cost.detach(), sources.detach(), targets.detach(), self.k, self.gamma, self.iterations)
        step = self.gamma * cost.shape[-2] / (min(self.k, cost.shape[-2]) * cost.shape[-1])
        for _ in range(self.unrolled):
            plan = _plan(alpha[..., None] - cost, targets, self.k, self.gamma)[0]
            alpha = alpha + step * (sources - plan.sum(dim=-1))
        return _plan(alpha[..., None] - cost, targets, self.k, self.gamma)[0]

    def value(self, cost: torch.Tensor, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """(…,) the maximised value; its gradient in the cost is the plan, in the masses the potentials."""
        return _Value.apply(cost, sources, targets, self.k, self.gamma, self.iterations)


class _Value(torch.autograd.Function):
    """The value with the gradients of the envelope theorem."""

    @staticmethod
    def forward(
        ctx: Any,
        cost: torch.Tensor,
        sources: torch.Tensor,
        targets: torch.Tensor,
        k: int,
        gamma: float,
        iterations: int,
    ) -> torch.Tensor:
        alpha = solved(cost, sources, targets, k, gamma, iterations)
        plan, threshold = _plan(alpha[..., None] - cost, targets, k, gamma)
        ctx.save_for_backward(plan, alpha, -gamma * threshold)
        inner = ((alpha[..., None] - cost) * plan - gamma / 2 * plan**2).sum(dim=(-2, -1))
        return (alpha * sources).sum(dim=-1) - inner

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        plan, alpha, beta = ctx.saved_tensors
        slope = slopes[0]
        return slope[..., None, None] * plan, slope[..., None] * alpha, slope[..., None] * beta, None, None, None


@torch.no_grad()
def solved(
    cost: torch.Tensor, sources: torch.Tensor, targets: torch.Tensor, k: int, gamma: float, iterations: int
) -> torch.Tensor:
    """(…, m) potentials of the semi-dual: Adam with a rate that falls to nothing, the best met."""
    alpha, first, second = (torch.zeros_like(sources) for _ in range(3))
    best, highest = alpha.clone(), torch.full(alpha.shape[:-1], -torch.inf, dtype=alpha.dtype, device=alpha.device)
    rate = 0.3 * float(cost.abs().max())
    for i in range(1, iterations + 1):
        scores = alpha[..., None] - cost
        plan, _ = _plan(scores, targets, k, gamma)
        value = (alpha * sources).sum(dim=-1) - (scores * plan - gamma / 2 * plan**2).sum(dim=(-2, -1))
        better = value > highest
        best, highest = torch.where(better[..., None], alpha, best), torch.where(better, value, highest)
        slope = sources - plan.sum(dim=-1)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        size = (second / (1 - 0.99**i)).sqrt() + 1e-12
        alpha = alpha + rate * (1 - (i - 1) / iterations) ** 2 * (first / (1 - 0.9**i)) / size
    return best


def _plan(scores: torch.Tensor, targets: torch.Tensor, k: int, gamma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """P_k(s/γ; b) of the columns (…, m, n), and the thresholds (…, n)."""
    k = min(k, scores.shape[-2])
    found, rows = (scores / gamma).topk(k, dim=-2)
    counts = torch.arange(1, k + 1, device=scores.device, dtype=scores.dtype)[:, None]
    tau = (found.cumsum(dim=-2) - targets[..., None, :]) / counts
    size = (found > tau).sum(dim=-2, keepdim=True).clamp_min(1)
    threshold = tau.gather(-2, size - 1)
    entries = (found - threshold).clamp_min(0) * (counts <= size)
    return torch.zeros_like(scores).scatter(-2, rows, entries), threshold.squeeze(-2)
