"""Prior files: there and back, refusals, samples, the picture."""

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from geomlearn.core.errors import FormatError, GeomError, ParameterError
from geomlearn.matching.diffumatch.prior.picture import prior_picture
from geomlearn.matching.diffumatch.prior.prior import load_prior, save_prior
from geomlearn.matching.diffumatch.prior.sampling import sample_maps


def test_a_prior_survives_its_file(small_prior, held_out_maps, tmp_path):
    path = save_prior(tmp_path / "prior.safetensors", small_prior)
    found = load_prior(path)
    assert found.k == 30
    assert found.facts == {"shapes": "tests"}
    torch.testing.assert_close(found.second_moment, small_prior.second_moment)
    noisy, sigma = held_out_maps[:2].abs(), torch.tensor([0.2, 1.0])
    torch.testing.assert_close(found.denoiser(noisy, sigma), small_prior.denoiser(noisy, sigma), rtol=0, atol=1e-2)
    assert not any(weight.requires_grad for weight in found.denoiser.parameters())


def test_files_are_not_overwritten_unasked(small_prior, tmp_path):
    path = save_prior(tmp_path / "prior.safetensors", small_prior)
    with pytest.raises(GeomError, match="exists already"):
        save_prior(path, small_prior)


def test_other_files_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(FormatError):
        load_prior(tmp_path / "missing.safetensors")
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"not weights at all" * 20)
    with pytest.raises(FormatError, match="no prior"):
        load_prior(junk)
    save_file({"x": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(FormatError, match="no prior over functional maps"):
        load_prior(tmp_path / "other.safetensors")


def test_a_file_cut_short_is_refused(small_prior, tmp_path):
    path = save_prior(tmp_path / "prior.safetensors", small_prior)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError, match="no prior"):
        load_prior(path)


def test_samples_of_gaussian_entries_have_their_moments(small_prior):
    drawn = sample_maps(small_prior, 200, steps=12)
    # Its network has learned nothing, so what it draws are independent Gaussians, cut at zero.
    mean = small_prior.denoiser.mean
    wide = mean > 2 * small_prior.denoiser.deviation
    assert drawn.shape == (200, 30, 30)
    assert (drawn.mean(dim=0) - mean)[wide].abs().max() < 0.1


def test_samples_repeat_with_their_seed(small_prior):
    first, again, other = (sample_maps(small_prior, 2, steps=5, seed=s) for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_picture_is_a_png(small_prior, tmp_path):
    path = prior_picture(tmp_path / "prior.png", small_prior, n_samples=7)
    with Image.open(path) as image:
        assert image.size[0] > 1000
    with pytest.raises(ParameterError, match="25 samples"):
        prior_picture(tmp_path / "many.png", small_prior, n_samples=25)
