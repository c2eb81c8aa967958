"""What a prior says about one map: masks for the solver, and a gradient that makes maps more likely."""

from __future__ import annotations

import torch

from geomlearn.matching.diffumatch.prior.denoiser import Denoise


@torch.no_grad()
def distilled_mask(
    fmap: torch.Tensor, denoise: Denoise, *, sigma: float = 1.0, n_draws: int = 100, generator: torch.Generator
) -> torch.Tensor:
    """M² (k, k), how hard to hold down each entry, distilled from a denoiser around one rough map.

    Where p(C) ∝ exp(−‖M ∘ C‖²), the score is −2 M² ∘ C; the denoiser's is (D(x) − x) / σ². The M² for which the two
    agree best over x = |C| + σ n, n ~ N(0, 1): E[(x − D(x; σ)) x] / (2 σ² E[x²]), entry by entry.

    Parameters
    ----------
    fmap (k, k)  its signs do not matter.

    Source   Pierson et al. 2025, arXiv 2507.23715, section 4.2.
    Differs  1. Least squares over noise of both signs, not the mean of quotients (x − D) / x over positive noise: a
                denoiser has never met noise whose mean is not zero, and takes it for a map without a funnel.
             2. Negative values, where the prior wants an entry larger than it is, become zero: they cannot be a
                penalty.
    """
    half = torch.randn((n_draws + 1) // 2, *fmap.shape, generator=generator, dtype=fmap.dtype).to(fmap.device)
    # Each draw with its opposite: what the denoiser answers to the map itself then cancels exactly, not on average.
    noisy = fmap.abs() + sigma * torch.cat([half, -half])[:n_draws]
    clean = denoise(noisy, torch.full((n_draws,), sigma, dtype=fmap.dtype, device=fmap.device))
    slope = ((noisy - clean) * noisy).mean(dim=0) / (noisy**2).mean(dim=0)
    return (slope / (2 * sigma**2)).clamp_min(0)


@torch.no_grad()
def posterior_mask(
    fmap: torch.Tensor,
    denoise: Denoise,
    *,
    sigma: float,
    floor: float,
    n_draws: int = 32,
    generator: torch.Generator,
) -> torch.Tensor:
    """M² (k, k) = 1 / (2 (E[C² | x] + floor²)): `static_mask` with the moments of maps like this one.

    Over x = |C| + σ n, n ~ N(0, 1), Tweedie gives E[C² | x] = D(x)² + σ² ∂D/∂x entry by entry, and Stein the mean of
    the derivative: σ E[∂D/∂x] = E[n D(x)].

    Parameters
    ----------
    fmap (k, k)  a map near a true one, such as the map of a point map; its signs do not matter.
    sigma        how far the map at hand is thought to be from the true one.

    For entries N(0, s²) and their exact denoiser the moments are s² on average over true maps: the static mask. A
    denoiser that knows more narrows them down to the pair at hand.
    """
    half = torch.randn((n_draws + 1) // 2, *fmap.shape, generator=generator, dtype=fmap.dtype).to(fmap.device)
    noise = torch.cat([half, -half])[:n_draws]
    clean = denoise(fmap.abs() + sigma * noise, torch.full((n_draws,), sigma, dtype=fmap.dtype, device=fmap.device))
    moments = (clean**2).mean(dim=0) + sigma * (noise * clean).mean(dim=0).clamp_min(0)
    return static_mask(moments, floor)


def static_mask(second_moment: torch.Tensor, sigma: float = 1.0) -> torch.Tensor:
    """M² (k, k) = 1 / (2 (E[C²] + σ²)): `distilled_mask` of zero-mean Gaussian entries, the same for every pair."""
    return 1 / (2 * (second_moment + sigma**2))


@torch.no_grad()
def surprise(fmap: torch.Tensor, denoise: Denoise, sigma: float = 0.07) -> float:
    """Mean square of |C| − D(|C|; σ) over the entries of a map (k, k): how far from likely maps it lies.

    That is σ⁴ times the mean square of the score, which vanishes where maps are likeliest. How it orders maps of a
    pair without truth: see `Judgement` and `python -m benchmarks matching priors unseen`.
    """
    magnitude = fmap.abs()
    moved = denoise(magnitude[None], torch.full((1,), sigma, dtype=fmap.dtype, device=fmap.device))[0] - magnitude
    return float((moved**2).mean())


def normalized(mask: torch.Tensor) -> torch.Tensor:
    """A mask less its least entry, over its mean: which entries are held down, and how hard compared to each other."""
    mask = mask - mask.min()
    return mask / mask.mean().clamp_min(1e-12)


def score_distillation(
    fmap: torch.Tensor,
    denoise: Denoise,
    *,
    n_draws: int = 32,
    levels: tuple[float, float] = (0.01, 1.01),
    generator: torch.Generator,
) -> torch.Tensor:
    """½ ‖|C| − stopgrad(|C| − g)‖² with g = mean_b(|C| − D(|C| + n_b; σ_b)): its gradient in |C| is exactly g.

    Parameters
    ----------
    fmap (k, k)  signed; gradients reach it through |C|.
    levels       σ_b are uniform between these, n_b ~ N(0, σ_b²).

    Source   Pierson et al. 2025, arXiv 2507.23715; the released code differs, see `legacy_score_distillation`.
    """
    magnitude = fmap.abs()
    gradient = _score_gradient(magnitude.detach(), denoise, n_draws, levels, generator)
    return 0.5 * ((magnitude - (magnitude.detach() - gradient)) ** 2).sum()


def legacy_score_distillation(
    fmap: torch.Tensor,
    denoise: Denoise,
    *,
    n_draws: int = 32,
    levels: tuple[float, float] = (0.01, 1.01),
    generator: torch.Generator,
) -> torch.Tensor:
    """What the released code computes instead: mean (|C| − stopgrad(C − g/1000))².

    Its target is signed where the other side is not: positive entries feel a thousandth of g, negative ones are pulled
    to zero. Kept for comparison.
    """
    gradient = _score_gradient(fmap.detach().abs(), denoise, n_draws, levels, generator)
    return ((fmap.abs() - (fmap.detach() - 1e-3 * gradient)) ** 2).mean()


@torch.no_grad()
def _score_gradient(
    magnitude: torch.Tensor,
    denoise: Denoise,
    n_draws: int,
    levels: tuple[float, float],
    generator: torch.Generator,
) -> torch.Tensor:
    """(k, k) mean of |C| − D(|C| + n_b; σ_b) over the draws."""
    low, high = levels
    sigma = low + (high - low) * torch.rand(n_draws, generator=generator, dtype=magnitude.dtype)
    noise = torch.randn(n_draws, *magnitude.shape, generator=generator, dtype=magnitude.dtype)
    sigma, noise = sigma.to(magnitude.device), noise.to(magnitude.device)
    clean = denoise(magnitude + sigma[:, None, None] * noise, sigma)
    return (magnitude - clean).mean(dim=0)
