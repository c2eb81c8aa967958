"""Proximal matching: a loss whose minimum is the most probable signal, reached by letting γ shrink."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.options import LpnTraining

Draw = Callable[[torch.Generator, int], Tensor]
"""draw(generator, b): clean signals (b, n), in units of the noise."""


def matching_loss(error: Tensor, gamma: float) -> Tensor:
    """m_γ(e) = 1 − exp(−‖e‖²/γ²), (b,) of errors (b, n) (equation 4)."""
    return -torch.expm1(-(error**2).sum(-1) / gamma**2)


def stages_of(options: LpnTraining, n: int) -> list[tuple[str, float, int, float]]:
    """What is fitted in turn: the loss, γ, steps and learning rate."""
    if options.loss != "proximal":
        return [(options.loss, 0.0, options.steps, options.rate)]
    each = max(1, round((1 - options.first) * options.steps / options.stages))
    first = max(0, options.steps - each * options.stages)
    least = options.gamma * math.sqrt(n)
    later = [
        ("proximal", least * 2 ** (options.stages - 1 - stage), each, options.rate * 0.5**stage)
        for stage in range(options.stages)
    ]
    return [("l1", 0.0, first, options.rate), *later] if first else later


def train_lpn(
    network: LearnedProximal, draw: Draw, options: LpnTraining | None = None, *, progress: Progress = SILENT
) -> Result[LearnedProximal]:
    """Fit a network in place, on noise of its own.

    Parameters
    ----------
    draw   gives each step fresh clean signals, in units of σ: the noise that is added has deviation one.

    Returns
    -------
    Result of the network; history has the mean loss of each twentieth of the training.

    Raises
    ------
    ParameterError   signals are not finite.
    SolverError      the loss is not a number.
    """
    options = options or LpnTraining()
    generator = torch.Generator().manual_seed(options.seed)
    stages = stages_of(options, network.n)
    total, done = sum(stage[2] for stage in stages), 0
    history: list[dict[str, float]] = []
    network.train()
    for loss, gamma, steps, rate in stages:
        optimizer = torch.optim.Adam(network.parameters(), lr=rate)
        mean, count, every = 0.0, 0, max(1, total // 20)
        for step in range(steps):
            if progress.cancelled:
                return Result(network.eval(), Status.CANCELLED, f"Stopped after {done} steps.", tuple(history))
            # Down to a twentieth by a cosine, within each stage.
            optimizer.param_groups[0]["lr"] = rate * (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps)))
            value = _step(network, draw(generator, options.batch_size), (loss, gamma), optimizer, generator)
            mean, count, done = mean + value, count + 1, done + 1
            if done % every == 0 or step == steps - 1:
                history.append({"step": done, "gamma": gamma, "loss": mean / count})
                width = f" γ {gamma:.3g}" if gamma else ""
                progress(done / total, f"{loss}{width} loss {mean / count:.4g}")
                mean, count = 0.0, 0
    return Result(network.eval(), Status.LIMIT_REACHED, f"{done} steps.", tuple(history), {"loss": history[-1]["loss"]})


def _step(
    network: LearnedProximal,
    clean: Tensor,
    what: tuple[str, float],
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> float:
    if not bool(torch.isfinite(clean).all()):
        raise ParameterError("Signals hold values that are not finite.", "Leave those samples out.")
    noisy = clean + torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    error = network(noisy) - clean
    kind, gamma = what
    if kind == "proximal":
        loss = matching_loss(error, gamma).mean()
    else:
        loss = error.abs().mean() if kind == "l1" else (error**2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    network.potential.clip()
    value = float(loss.detach())
    if not math.isfinite(value):
        raise SolverError(f"The loss became {value}.", "Lower the rate, or look at the unit of the signals.")
    return value
