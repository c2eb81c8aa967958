"""Denoisers of |C|: one Gaussian per entry, and a network that corrects it."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import nn

from geomlearn.matching.diffumatch.options import DenoiserOptions
from geomlearn.matching.diffumatch.prior.transformer import DiffusionTransformer

# Entries of the first column never vary in training; a map at hand need not be so exact.
LEAST_DEVIATION = 0.01
# ln σ ~ N(mean, deviation²) in training: σ = 1, at which masks are distilled, lies well inside.
LOG_SIGMA_MEAN, LOG_SIGMA_DEVIATION = -0.8, 1.2


class Denoise(Protocol):
    """The expected clean matrices (b, k, k) given noisy ones and their noise levels (b,)."""

    def __call__(self, noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor: ...


class GaussianDenoiser(nn.Module):
    """The exact denoiser if every entry were a Gaussian of its own: D = μ + s² / (s² + σ²) (x − μ).

    Parameters
    ----------
    mean (k, k), deviation (k, k)   μ and s of |C|.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation.clamp_min(LEAST_DEVIATION))

    def forward(self, noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        variance = self.deviation**2
        return self.mean + variance / (variance + sigma[:, None, None] ** 2) * (noisy - self.mean)


class DiffusionDenoiser(GaussianDenoiser):
    """A network around the Gaussian denoiser: D = D_Gauss + c_out F(c_in (x − μ), ln σ / 4).

    Parameters
    ----------
    mean, deviation   (k, k) of |C| in the training set.
    options           size of the network.

    Before training F = 0, so D is the Gaussian denoiser. ∇ log p_σ(x) = (D(x; σ) − x) / σ².

    Source   Karras et al. 2022, EDM, arXiv 2206.00364, for c_in = 1/√(σ² + s²), c_out = σ s / √(σ² + s²).
    Differs  s and the mean are measured entry by entry: they vary by two orders of magnitude over the matrix, and the
             skip alone is then the best linear denoiser without correlations.
    """

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, options: DenoiserOptions) -> None:
        super().__init__(mean, deviation)
        self.options = options
        self.network = DiffusionTransformer(len(mean), options.patch, options.width, options.depth, options.heads)

    def forward(self, noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        total = (self.deviation**2 + sigma[:, None, None] ** 2).sqrt()
        correction = self.network((noisy - self.mean) / total, sigma.log() / 4)
        return super().forward(noisy, sigma) + sigma[:, None, None] * self.deviation / total * correction


def denoising_loss(denoise: nn.Module, clean: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mean weighted squared error of D on clean (b, k, k) matrices at random noise levels.

    The weight (σ² + s²) / (σ s)², s the root mean square of the deviations, makes all levels count alike.
    """
    gauss: Any = getattr(denoise, "module", denoise)
    sigma = torch.randn(len(clean), generator=generator).to(clean.device)
    sigma = (LOG_SIGMA_MEAN + LOG_SIGMA_DEVIATION * sigma).exp()
    noise = torch.randn(clean.shape, generator=generator).to(clean.device)
    error = denoise(clean + sigma[:, None, None] * noise, sigma) - clean
    variance = (gauss.deviation**2).mean()
    weight = (sigma**2 + variance) / (sigma**2 * variance)
    return (weight[:, None, None] * error**2).mean()
