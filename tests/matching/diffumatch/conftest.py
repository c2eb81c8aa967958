"""True maps of a category no prior has seen, and small priors."""

import numpy as np
import pytest
import torch

from geomlearn.matching.diffumatch.maps.generate import pair_maps, random_category
from geomlearn.matching.diffumatch.options import DenoiserOptions
from geomlearn.matching.diffumatch.prior.denoiser import DiffusionDenoiser
from geomlearn.matching.diffumatch.prior.prior import MapPrior


@pytest.fixture(scope="session")
def held_out_maps() -> torch.Tensor:
    """(56, 30, 30) maps between blobs with six limbs, squeezed harder than any that is trained on."""
    category = random_category("test", 1, variety=1.0)
    maps = np.stack(list(pair_maps(category, 8, 30, np.random.default_rng(0))))
    return torch.from_numpy(maps).float()


@pytest.fixture(scope="session")
def small_prior(held_out_maps) -> MapPrior:
    """Moments of true maps, and a tiny network that has learned nothing."""
    torch.manual_seed(0)
    magnitudes = held_out_maps.abs()
    options = DenoiserOptions(width=16, depth=1, heads=2)
    denoiser = DiffusionDenoiser(magnitudes.mean(dim=0), magnitudes.std(dim=0), options)
    return MapPrior((held_out_maps**2).mean(dim=0), denoiser, {"shapes": "tests"})
