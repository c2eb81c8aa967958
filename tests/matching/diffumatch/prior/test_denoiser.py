"""The denoiser: what it is before training, at no noise, and that training beats one Gaussian per entry."""

import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.matching.diffumatch.options import DenoiserOptions
from geomlearn.matching.diffumatch.prior.denoiser import DiffusionDenoiser, GaussianDenoiser, denoising_loss
from geomlearn.matching.diffumatch.prior.prior import bundled_prior
from geomlearn.matching.diffumatch.prior.task import JUDGED, PriorTask

TINY = DenoiserOptions(width=16, depth=2, heads=2)


def scaled_identities(count: int, seed: int = 0) -> torch.Tensor:
    """10 × 10 matrices a·I + small noise: entries are correlated, which one Gaussian per entry cannot know."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.rand(count, 1, 1, generator=generator)
    return sizes * torch.eye(10) + 0.02 * torch.randn(count, 10, 10, generator=generator)


def test_before_training_it_is_the_gaussian_denoiser(held_out_maps):
    clean = held_out_maps.abs()
    moments = clean.mean(dim=0), clean.std(dim=0)
    whole, gauss = DiffusionDenoiser(*moments, TINY), GaussianDenoiser(*moments)
    sigma = torch.tensor([0.1, 0.5, 2.0])
    torch.testing.assert_close(whole(clean[:3], sigma), gauss(clean[:3], sigma))


def test_the_gaussian_denoiser_is_the_posterior_mean():
    gauss = GaussianDenoiser(torch.tensor([[0.5]]), torch.tensor([[0.2]]))
    found = gauss(torch.tensor([[[0.9]]]), torch.tensor([0.1]))
    assert float(found) == pytest.approx(0.5 + 0.04 / (0.04 + 0.01) * 0.4)


def test_property_6_without_noise_it_is_the_identity():
    torch.manual_seed(0)
    denoiser = DiffusionDenoiser(torch.zeros(10, 10), torch.full((10, 10), 0.2), TINY)
    torch.nn.init.normal_(denoiser.network.out.weight)
    x = torch.rand(4, 10, 10)
    with torch.no_grad():
        errors = [float((denoiser(x, torch.full((4,), s)) - x).abs().max()) for s in (1e-1, 1e-3, 1e-5)]
    # Linear in the noise: c_out is.
    assert errors[0] > 20 * errors[1] > 400 * errors[2]
    assert errors[2] < 1e-3


def test_training_beats_one_gaussian_per_entry():
    task = PriorTask(scaled_identities(512), scaled_identities(64, seed=1), TINY)
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(task.model.parameters(), 3e-3)
    noise = torch.Generator().manual_seed(0)
    everything = torch.arange(task.n_valid)
    with torch.no_grad():
        assert task.valid_errors(task.model, everything)["ratio"].mean() == pytest.approx(1.0)
    for step in range(150):
        optimizer.zero_grad()
        samples = torch.arange(64) + 64 * (step % 8)
        task.train_loss(task.model, samples, noise).backward()
        optimizer.step()
    with torch.no_grad():
        errors = task.valid_errors(task.model, everything)
    assert errors["ratio"].mean() < 0.8


def test_the_loss_repeats_with_the_same_noise():
    task = PriorTask(scaled_identities(32), scaled_identities(8), TINY)
    losses = [
        float(denoising_loss(task.model, scaled_identities(4), torch.Generator().manual_seed(3)).detach())
        for _ in range(2)
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("level", JUDGED)
def test_property_6_the_shipped_denoiser_beats_one_gaussian_per_entry_on_unseen_shapes(held_out_maps, level):
    denoiser = bundled_prior().denoiser
    gauss = GaussianDenoiser(denoiser.mean, denoiser.deviation)
    clean = held_out_maps.abs()
    sigma = torch.full((len(clean),), level)
    noisy = clean + level * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        own, rival = (float(((d(noisy, sigma) - clean) ** 2).mean()) for d in (denoiser, gauss))
    assert own < rival


def test_matrices_that_do_not_tile_are_refused():
    with pytest.raises(SizeMismatch, match="patches of 4"):
        PriorTask(scaled_identities(8), scaled_identities(8), TINY.replace(patch=4))


def test_heads_must_share_the_width_evenly():
    with pytest.raises(ParameterError, match="multiple"):
        DenoiserOptions(width=18, heads=4)
