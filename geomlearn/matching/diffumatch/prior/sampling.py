"""Drawing |C| from a prior: a picture of what it has learned, not used by matching."""

from __future__ import annotations

from itertools import pairwise

import torch

from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.diffumatch.prior.prior import MapPrior

# From far beyond the largest entry to below the precision of a triangulation.
LARGEST, SMALLEST, CURVE = 3.0, 0.01, 7.0


@torch.no_grad()
def sample_maps(
    prior: MapPrior, n_samples: int, *, steps: int = 30, seed: int = 0, progress: Progress = SILENT
) -> torch.Tensor:
    """(n, k, k) matrices |C| drawn by integrating the probability flow dx/dσ = (x − D(x; σ)) / σ.

    Parameters
    ----------
    steps   noise levels on the way from 3 to 0.01; each costs two evaluations of the network.

    Raises
    ------
    Cancelled   there is nothing to hand over before the end.

    Source   Karras et al. 2022, EDM, arXiv 2206.00364, algorithm 1 (Heun's method, ρ = 7).
    """
    ramp = torch.linspace(0, 1, steps)
    levels = (LARGEST ** (1 / CURVE) + ramp * (SMALLEST ** (1 / CURVE) - LARGEST ** (1 / CURVE))) ** CURVE
    levels = torch.cat([levels, torch.zeros(1)])
    generator = torch.Generator().manual_seed(seed)
    x = levels[0] * torch.randn(n_samples, prior.k, prior.k, generator=generator)
    x = x + prior.denoiser.mean

    def slope(x: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        return (x - prior.denoiser(x, level.expand(n_samples))) / level

    for i, (level, following) in enumerate(pairwise(levels)):
        progress(i / steps, f"noise {float(level):.2f}")
        first = slope(x, level)
        ahead = x + (following - level) * first
        if following > 0:
            ahead = x + (following - level) * (first + slope(ahead, following)) / 2
        x = ahead
    return x.clamp_min(0)
