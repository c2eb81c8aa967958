"""Surrogates of a score, learned from a table with or without a guard against sharpness."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.design.options import DesignOptions
from geomlearn.regularizers.ignite import SurrogateSharpness
from geomlearn.regularizers.options import IgniteOptions

# Of COMs as released: steps and rate of the search whose finds are pushed down.
_PARTICLE_STEPS, _PARTICLE_RATE = 10, 0.05
_SAM_RADIUS = 0.05


def network(n_in: int, width: int) -> nn.Sequential:
    """Two hidden layers and one score."""
    layers = [nn.Linear(n_in, width), nn.LeakyReLU(), nn.Linear(width, width), nn.LeakyReLU(), nn.Linear(width, 1)]
    return nn.Sequential(*layers)


class Ensemble(nn.Module):
    """Surrogates that learned the same table from different starts.

    Parameters
    ----------
    pessimism   "mean" of the members, or the "min" of them.
    """

    def __init__(self, members: Sequence[nn.Module], pessimism: str = "mean") -> None:
        super().__init__()
        self.members, self.pessimism = nn.ModuleList(members), pessimism

    def each(self, x: torch.Tensor) -> torch.Tensor:
        """(members, n) scores."""
        return torch.stack([member(x)[:, 0] for member in self.members])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Designs (n, d) to scores (n,), high ones good."""
        each = self.each(x)
        return each.mean(0) if self.pessimism == "mean" else each.min(0).values

    def sharpness(self, x: torch.Tensor) -> torch.Tensor:
        """(n,) ‖∇_ω h(x)‖ of each design, the mean over the members."""
        found = []
        for member in self.members:
            weights: dict[str, torch.Tensor] = dict(member.named_parameters())

            def score(weights: dict[str, torch.Tensor], one: torch.Tensor, member: nn.Module = member) -> torch.Tensor:
                return torch.func.functional_call(member, weights, (one[None],))[0, 0]

            slopes = torch.func.vmap(torch.func.grad(score), (None, 0))(weights, x)
            found.append(torch.stack([part.flatten(1).square().sum(1) for part in slopes.values()]).sum(0).sqrt())
        return torch.stack(found).mean(0).detach()


def learn(x: torch.Tensor, y: torch.Tensor, options: DesignOptions, progress: Progress = SILENT) -> Ensemble:
    """Learn an ensemble.

    Parameters
    ----------
    x   (n, d) designs;  y (n,) scores, both centred and scaled; high scores are good.

    Source   Dao et al. 2024, arXiv 2503.04242, for the constraint; Trabucco et al. 2021, arXiv 2107.06882 for COMs;
             Foret et al. 2021, arXiv 2010.01412 for SAM.
    Differs  The squared error in place of a likelihood; COMs with a fixed weight.
    """
    members = []
    for index in range(options.members):
        torch.manual_seed(options.seed * 1000 + index)
        member = network(x.shape[1], options.width).to(x)
        _fit(member, x, y, options, torch.Generator().manual_seed(options.seed * 1000 + index))
        members.append(member.eval())
        progress((index + 1) / options.members, f"surrogate {index + 1} of {options.members}")
    return Ensemble(members, options.pessimism)


def _fit(
    member: nn.Module, x: torch.Tensor, y: torch.Tensor, options: DesignOptions, generator: torch.Generator
) -> None:
    optimizer = torch.optim.Adam(member.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    sharp = None
    if options.flatness.startswith("ignite"):
        chosen = IgniteOptions() if options.flatness == "ignite" else IgniteOptions.penalty()
        # The bias of the last layer has slope 1 whatever is learned: counted along, ρ n ≤ ε could not be met.
        sharp = SurrogateSharpness(member, chosen, lambda name: name != "4.bias")
    for _ in range(options.epochs):
        for rows in torch.randperm(len(x), generator=generator).split(min(options.batch_size, len(x))):
            given, wanted = x[rows], y[rows]
            optimizer.zero_grad()
            _loss(member, given, wanted, options).backward()
            if options.flatness == "sam":
                _sharpness_aware(member, given, wanted, options)
            if sharp is not None:
                sharp.add_to_grad(partial(_mean_answer, member, given))
            optimizer.step()


def _mean_answer(member: nn.Module, given: torch.Tensor) -> torch.Tensor:
    return member(given).mean()


def _loss(member: nn.Module, x: torch.Tensor, y: torch.Tensor, options: DesignOptions) -> torch.Tensor:
    loss = (member(x)[:, 0] - y).square().mean()
    if options.conservative:
        found = climb(lambda z: member(z)[:, 0], x, _PARTICLE_STEPS, _PARTICLE_RATE)
        loss = loss + options.conservative * (member(found).mean() - member(x).mean())
    return loss


def _sharpness_aware(member: nn.Module, x: torch.Tensor, y: torch.Tensor, options: DesignOptions) -> None:
    """Replace the gradient by that at the worst place within a radius."""
    weights: list[Any] = list(member.parameters())
    kept = [weight.detach().clone() for weight in weights]
    norm = torch.linalg.vector_norm(torch.stack([weight.grad.norm() for weight in weights])).clamp_min(1e-12)
    with torch.no_grad():
        for weight in weights:
            weight.add_(weight.grad * (_SAM_RADIUS / norm))
    member.zero_grad()
    _loss(member, x, y, options).backward()
    with torch.no_grad():
        for weight, value in zip(weights, kept, strict=True):
            weight.copy_(value)


def climb(score, x: torch.Tensor, steps: int, rate: float, low=None, high=None) -> torch.Tensor:
    """Designs after steps of gradient ascent x ← x + rate √d ∇h, kept within limits."""
    found, pace = x.detach().clone(), rate * x.shape[1] ** 0.5
    for _ in range(steps):
        found.requires_grad_()
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(score(found).sum(), found)
        found = found.detach() + pace * slope
        if low is not None:
            found = found.clamp(low, high)
    return found.detach()
