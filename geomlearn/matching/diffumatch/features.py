"""DiffusionNet: features of surface points that do not depend on how the surface is sampled."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.matching.diffumatch.surface import SampledSurface

# Learned diffusion times start spread over these, in units of area: from a fingertip to the whole body.
SHORTEST, LONGEST = 1e-4, 0.3


class DiffusionNet(nn.Module):
    """A feature network shared by both shapes of a pair.

    Parameters
    ----------
    n_in, n_out  channels of the input at the samples, and of the features.
    width, depth, dropout   of the blocks.

    Calling it with a surface and values (s, n_in) gives (s, n_out).

    Source   Sharp, Attaiki, Crane & Ovsjanikov 2022, arXiv 2012.00888.
    Differs  1. Diffused functions lie in the span of the modes, so their gradients are those of the modes, computed
                once: any mesh or cloud costs what its samples cost.
             2. Times start spread over four orders of magnitude instead of at zero, since there are few steps to learn.
    """

    def __init__(self, n_in: int, n_out: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.blocks = nn.ModuleList(_Block(width, dropout) for _ in range(depth))
        self.last = nn.Linear(width, n_out)

    def forward(self, surface: SampledSurface, values: torch.Tensor) -> torch.Tensor:
        values = self.first(values)
        for block in self.blocks:
            values = block(surface, values)
        return self.last(values)


class _Block(nn.Module):
    """Diffusion for a learned time per channel, gradient features, and a pointwise network around them."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        start = torch.linspace(0, 1, width)
        self.log_times = nn.Parameter(
            torch.log(torch.tensor(SHORTEST)) * (1 - start) + start * torch.log(torch.tensor(LONGEST))
        )
        self.rotate_real = nn.Linear(width, width, bias=False)
        self.rotate_imaginary = nn.Linear(width, width, bias=False)
        self.mix = nn.Sequential(
            nn.Linear(3 * width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )

    def forward(self, surface: SampledSurface, values: torch.Tensor) -> torch.Tensor:
        decay = torch.exp(-surface.evals[:, None] * self.log_times.exp())
        spectrum = decay * (surface.project @ values)
        diffused = surface.evecs @ spectrum
        real, imaginary = surface.gradient @ spectrum
        # Re(conj(z) · A z) with a complex A: it depends on angles between gradients alone, with their sign.
        turned_real = self.rotate_real(real) - self.rotate_imaginary(imaginary)
        turned_imaginary = self.rotate_imaginary(real) + self.rotate_real(imaginary)
        slopes = torch.tanh(real * turned_real + imaginary * turned_imaginary)
        return values + self.mix(torch.cat([values, diffused, slopes], dim=1))
