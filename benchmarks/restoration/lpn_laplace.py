"""The Laplace prior: what each loss makes of it."""

from __future__ import annotations

import torch
from torch import Tensor

from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.lpn_training import train_lpn
from geomlearn.restoration.options import LpnOptions, LpnTraining


def laplace(generator: torch.Generator, count: int) -> Tensor:
    """Samples (b, 1) of density ½ exp(−|x|)."""
    u = torch.rand(count, 1, generator=generator) - 0.5
    return -u.sign() * torch.log1p(-2 * u.abs())


def measure(seed: int, steps: int) -> dict[str, float]:
    """RMS to soft thresholding at 1, by loss."""
    grid = torch.linspace(-4, 4, 801)[:, None]
    soft = grid.sign() * (grid.abs() - 1).clamp(min=0)
    rows = {}
    for loss in ("l2", "l1", "proximal"):
        torch.manual_seed(seed)
        network = LearnedProximal(1, LpnOptions(hidden=50, layers=2, convexity=0.0))
        network.potential.start_from(torch.tensor([2 / 3]))
        options = LpnTraining(
            loss=loss, steps=steps, batch_size=1000, rate=2e-2, gamma=0.15, stages=3, first=0.3, seed=seed
        )
        train_lpn(network, laplace, options)
        rows[f"RMS to soft thresholding, {loss}"] = float((network(grid).detach() - soft).square().mean().sqrt())
    return rows
