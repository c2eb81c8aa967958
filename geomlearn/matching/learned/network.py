"""The feature network in torch, for training; `model` runs it on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from geomlearn.matching.learned.inputs import N_INPUTS
from geomlearn.matching.learned.options import FeatureNetOptions

# Learned diffusion times start spread over these, in units of area: from a fingertip to the whole body.
SHORTEST, LONGEST = 1e-4, 0.3


class SurfaceTensors(NamedTuple):
    """evals (k,), evecs (s, k), gradient (2, s, k), project (k, s) of a sampled surface."""

    evals: torch.Tensor
    evecs: torch.Tensor
    gradient: torch.Tensor
    project: torch.Tensor


class FeatureNet(nn.Module):
    """Places on templates, from what points look like.

    Parameters
    ----------
    kinds   names of the templates.

    Calling it with a surface and inputs (s, 54) gives, for each kind, logits (s, n_anchors) over places of its template
    and predicted modes (s, m) of it; and logits (kinds + 1,) of the shape being of each kind or of none.

    Source   Sharp, Attaiki, Crane & Ovsjanikov 2022, DiffusionNet, arXiv 2012.00888.
    Differs  1. Gradients are those of the modes, see `SampledSurface`. 2. Values are normalised before each block.
             3. Times start spread over four orders of magnitude.
    """

    def __init__(self, kinds: Sequence[str], options: FeatureNetOptions) -> None:
        super().__init__()
        self.kinds, self.options = tuple(kinds), options
        width = options.width
        self.first = nn.Linear(N_INPUTS, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(options.depth))
        self.norm = nn.LayerNorm(width)
        self.anchors = nn.ModuleList(nn.Linear(width, options.n_anchors) for _ in kinds)
        self.modes = nn.ModuleList(nn.Linear(width, options.n_template_modes) for _ in kinds)
        self.kind = nn.Linear(2 * width, len(kinds) + 1)

    def forward(
        self, surface: SurfaceTensors, values: torch.Tensor
    ) -> tuple[list[torch.Tensor], list[torch.Tensor], torch.Tensor]:
        values = self.first(values)
        for block in self.blocks:
            values = block(surface, values)
        values = self.norm(values)
        pooled = torch.cat([values.mean(dim=0), values.std(dim=0)])
        return [head(values) for head in self.anchors], [head(values) for head in self.modes], self.kind(pooled)


class Block(nn.Module):
    """Diffusion for a learned time per channel, gradient features, and a pointwise network around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        start = torch.linspace(0, 1, width)
        ends = torch.log(torch.tensor([SHORTEST, LONGEST]))
        self.log_times = nn.Parameter(ends[0] * (1 - start) + start * ends[1])
        self.norm = nn.LayerNorm(width)
        self.rotate_real = nn.Linear(width, width, bias=False)
        self.rotate_imaginary = nn.Linear(width, width, bias=False)
        self.mix_in = nn.Linear(3 * width, width)
        self.mix_out = nn.Linear(width, width)

    def forward(self, surface: SurfaceTensors, values: torch.Tensor) -> torch.Tensor:
        plain = self.norm(values)
        spectrum = torch.exp(-surface.evals[:, None] * self.log_times.exp()) * (surface.project @ plain)
        diffused = surface.evecs @ spectrum
        real, imaginary = surface.gradient @ spectrum
        # Re(conj(z) · A z) with a complex A: it depends on angles between gradients alone, with their sign.
        turned_real = self.rotate_real(real) - self.rotate_imaginary(imaginary)
        turned_imaginary = self.rotate_imaginary(real) + self.rotate_real(imaginary)
        slopes = torch.tanh(real * turned_real + imaginary * turned_imaginary)
        return values + self.mix_out(torch.relu(self.mix_in(torch.cat([plain, diffused, slopes], dim=1))))
