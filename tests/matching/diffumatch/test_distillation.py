"""Masks and gradients distilled from a denoiser: signs, closed forms, directions."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from geomlearn.matching.diffumatch.distillation import (
    distilled_mask,
    legacy_score_distillation,
    normalized,
    posterior_mask,
    score_distillation,
    static_mask,
    surprise,
)
from geomlearn.matching.diffumatch.prior.prior import bundled_prior


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def shrinking(variance: float):
    """The exact denoiser of N(0, variance) entries."""
    return lambda noisy, sigma: variance / (variance + sigma[:, None, None] ** 2) * noisy


@pytest.mark.parametrize("seed", range(3))
def test_property_1_signs_do_not_change_a_mask_bit_for_bit(held_out_maps, small_prior, seed):
    fmap = held_out_maps[seed]
    signs = [torch.sign(torch.randn(30, generator=seeded(seed + s)))[:, None] for s in (10, 20)]
    for distil in (distilled_mask, partial(posterior_mask, sigma=0.15, floor=0.05)):
        plain, flipped = (
            distil(c, small_prior.denoiser, n_draws=8, generator=seeded()) for c in (fmap, signs[0] * fmap * signs[1].T)
        )
        assert torch.equal(plain, flipped)


@pytest.mark.parametrize("n_draws", [1, 7, 100])
@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_property_2_the_mask_of_zero_mean_gaussians_is_known(n_draws, sigma):
    fmap = torch.randn(6, 6, generator=seeded(3), dtype=torch.float64)
    variance = 0.2**2
    found = distilled_mask(fmap, shrinking(variance), sigma=sigma, n_draws=n_draws, generator=seeded())
    expected = torch.full_like(found, 1 / (2 * (variance + sigma**2)))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_static_mask_is_the_one_of_zero_mean_gaussians():
    moments = torch.tensor([[0.04, 0.5], [0.0, 1.0]], dtype=torch.float64)
    expected = [[1 / (2 * 1.04), 1 / 3], [0.5, 0.25]]
    torch.testing.assert_close(static_mask(moments), torch.tensor(expected, dtype=torch.float64))


def test_posterior_masks_of_zero_mean_gaussians_are_known_and_static_on_average():
    variance, sigma, floor = 0.2**2, 0.3, 0.05
    shrink = variance / (variance + sigma**2)
    settings = {"sigma": sigma, "floor": floor, "generator": seeded()}
    fmap = torch.tensor([[0.0, 0.1], [0.3, 1.0]], dtype=torch.float64)
    found = posterior_mask(fmap, shrinking(variance), n_draws=40_000, **settings)
    # Over x = c + σ n: E[D²] + σ² ∂D = shrink² (c² + σ²) + σ² shrink.
    moments = shrink**2 * (fmap**2 + sigma**2) + sigma**2 * shrink
    torch.testing.assert_close(found, static_mask(moments, floor), rtol=0.02, atol=0)
    # Its moments have the mean s² over c ~ N(0, s²).
    many = variance**0.5 * torch.randn(200, 200, generator=seeded(1), dtype=torch.float64)
    moments = 0.5 / posterior_mask(many, shrinking(variance), n_draws=64, **settings) - floor**2
    assert float(moments.mean()) == pytest.approx(variance, rel=0.03)


def test_normalized_masks_start_at_zero_and_have_mean_one():
    mask = normalized(torch.tensor([[0.2, 0.4], [0.6, 0.8]]))
    torch.testing.assert_close(mask, torch.tensor([[0.0, 2 / 3], [4 / 3, 2.0]]))


def test_the_gradient_of_the_score_distillation_is_the_mean_residual():
    fmap = torch.tensor([[0.5, -0.3], [0.1, 0.9]], dtype=torch.float64, requires_grad=True)
    # D(x) = x / 2 whatever the noise: with many draws g → |C| / 2, and signs come back by the chain rule.
    loss = score_distillation(fmap, lambda noisy, sigma: noisy / 2, n_draws=20_000, generator=seeded())
    loss.backward()
    torch.testing.assert_close(fmap.grad, fmap.detach() / 2, rtol=0, atol=0.02)


def test_the_released_code_pulls_negative_entries_to_zero_and_hardly_moves_others():
    fmap = torch.tensor([[0.5, -0.5]], requires_grad=True)
    legacy_score_distillation(fmap, lambda noisy, sigma: noisy, n_draws=4, generator=seeded()).backward()
    assert abs(fmap.grad[0, 0]) < 1e-2
    assert fmap.grad[0, 1] < -0.5


def test_property_10_masks_of_the_shipped_prior_are_funnels(held_out_maps):
    denoise = bundled_prior().denoiser
    for distil in (distilled_mask, partial(posterior_mask, sigma=0.15, floor=0.05)):
        masks = [distil(c, denoise, n_draws=32, generator=seeded()) for c in held_out_maps[::8]]
        mean = torch.stack(masks).mean(dim=0)
        assert spearmanr(mean.ravel(), -held_out_maps.abs().mean(dim=0).ravel()).statistic > 0.6


def test_a_trained_posterior_foresees_the_moments_of_a_map_better_than_all_maps_do(held_out_maps):
    """The likelihood of N(0, moments) on maps of a category nobody trained on, seen through noise."""
    prior, floor = bundled_prior(), 0.05
    worse = []
    for i, true in enumerate(held_out_maps[::4]):
        seen = true.abs() + 0.15 * torch.randn(true.shape, generator=seeded(i))
        own = posterior_mask(seen, prior.denoiser, sigma=0.15, floor=floor, generator=seeded(i))
        # −log p = M² C² − ½ log 2M², entry by entry.
        found, rival = (
            float((m * true**2 - 0.5 * (2 * m).log()).mean()) for m in (own, static_mask(prior.second_moment, floor))
        )
        worse.append(found - rival)
    assert np.mean(np.array(worse) < 0) > 0.9


def test_property_8_a_step_against_the_gradient_brings_corrupted_maps_nearer(held_out_maps):
    denoise = bundled_prior().denoiser
    better = 0
    for i, true in enumerate(held_out_maps[:50]):
        magnitude = (true.abs() + 0.3 * torch.randn(30, 30, generator=seeded(i))).abs()
        moving = magnitude.clone().requires_grad_(True)
        score_distillation(moving, denoise, n_draws=8, generator=seeded(i)).backward()
        stepped = magnitude - 0.2 * moving.grad
        better += int((stepped - true.abs()).norm() < (magnitude - true.abs()).norm())
    assert better >= 40


def test_corrupted_maps_surprise_the_shipped_prior_more_than_true_ones(held_out_maps):
    denoise = bundled_prior().denoiser
    more = []
    for i, true in enumerate(held_out_maps[::3]):
        corrupted = true + 0.15 * torch.randn(true.shape, generator=seeded(i))
        more.append(surprise(corrupted, denoise) > surprise(true, denoise))
        # Signs of modes do not matter.
        assert surprise(-true, denoise) == surprise(true, denoise)
    assert np.mean(more) > 0.95


def test_the_static_mask_is_a_funnel_too(held_out_maps, small_prior):
    mask = static_mask(small_prior.second_moment)
    assert spearmanr(mask.ravel(), -held_out_maps.abs().mean(dim=0).ravel()).statistic > 0.9
    assert np.isclose(float(mask.min()), 1 / (2 * 2.0), atol=1e-3)
