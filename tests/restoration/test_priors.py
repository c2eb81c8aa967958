"""Priors of fields, bodies and images: learned, saved, used by others, and refused where they do not belong."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.weights import write_weights
from geomlearn.restoration import Prior, learn_body_prior, learn_field_prior, learn_image_prior, load_prior
from geomlearn.restoration.options import LpnOptions, LpnTraining, RestoreOptions
from geomlearn.restoration.placing import placed
from geomlearn.restoration.shipped import shipped_priors
from geomlearn.restoration.signals import restore_blurred, restore_bodies, restore_part
from geomlearn.shapes.builtin import icosphere

BALL = icosphere(4)
FEW = LpnTraining(steps=150, batch_size=64, loss="l2", rate=3e-3)
SMALL = LpnOptions(hidden=16, layers=2)


def fields(count: int, seed: int) -> np.ndarray:
    """Plane waves of degree one and two."""
    random = np.random.default_rng(seed)
    ways = random.standard_normal((2, count, 3))
    return ways[0] @ BALL.vertices.T + 0.5 * (ways[1] @ BALL.vertices.T) ** 2


@pytest.fixture(scope="module")
def field_prior() -> Prior:
    return learn_field_prior(BALL, fields(200, 0), 12, SMALL, FEW).value


@pytest.fixture(scope="module")
def body_prior() -> Prior:
    random = np.random.default_rng(0)
    stretched = BALL.vertices * np.exp(0.2 * random.standard_normal((80, 1, 3)))
    return learn_body_prior(stretched, BALL.faces, 3, SMALL, FEW.replace(sigma=0.1)).value


def relative(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(found - true) / np.linalg.norm(true))


def test_fields_lose_their_noise_and_their_holes(field_prior):
    clean = fields(6, 1)
    random = np.random.default_rng(2)
    noisy = clean + field_prior.sigma * random.standard_normal(clean.shape)
    assert relative(field_prior.denoise(noisy), clean) < 0.5 * relative(noisy, clean)
    known = BALL.vertices[:, 2] < 0.4
    options = RestoreOptions(noise=0.05, method="admm", max_iterations=200, tolerance=1e-5)
    holed = np.where(known, clean, np.nan)
    assert relative(restore_part(field_prior, holed, known, options).value, clean) < 0.3
    sensors = np.arange(len(known)) % 8 == 0
    assert relative(restore_part(field_prior, clean, sensors, options, sensors=True).value, clean) < 0.3


def test_the_mean_is_not_learned_from_fields_kept_apart(field_prior):
    learned_from = np.arange(200) % 10 != 9
    np.testing.assert_allclose(field_prior.subspace.mean, fields(200, 0)[learned_from].mean(0), atol=1e-6)


def test_less_noise_changes_less(field_prior):
    clean = fields(4, 1)
    moved = [relative(field_prior.denoise(clean, s * field_prior.sigma), clean) for s in (0.1, 0.5, 1.0)]
    assert moved == sorted(moved)
    assert moved[0] < 0.1


def test_what_a_blur_took_comes_back(field_prior):
    clean, width = fields(4, 1), 0.3
    space = field_prior.subspace
    soft = space.signals(space.coordinates(clean) * np.exp(-0.5 * width**2 * space.evals))
    found = restore_blurred(field_prior, soft, width, RestoreOptions(noise=0.02, max_iterations=200))
    assert relative(found.value, clean) < 0.6 * relative(soft, clean)


def test_bodies_keep_their_place_and_lose_noise_and_holes(body_prior):
    random = np.random.default_rng(1)
    turn = np.linalg.qr(random.standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    clean = (BALL.vertices * np.array([1.2, 0.9, 1.05])) @ turn + 5.0
    noisy = clean + 0.1 * random.standard_normal(clean.shape)
    found = restore_bodies(body_prior, noisy[None]).value[0]
    # In its own place: a ball stretched so little may be turned among its axes, but not away.
    assert np.linalg.norm(found - clean) < 0.5 * np.linalg.norm(noisy - clean)
    known = clean[:, 2] < 5.5
    options = RestoreOptions(noise=0.01, max_iterations=100, tolerance=1e-5, method="admm")
    whole = restore_bodies(body_prior, np.where(known[:, None], clean, 0)[None], known, options).value[0]
    assert np.abs(whole - clean).max() < 0.15


def test_what_no_example_was_like_scores_high(body_prior):
    good = BALL.vertices * np.exp(0.15 * np.random.default_rng(3).standard_normal((10, 1, 3)))
    bad = good.copy()
    bad[:, 7] += 0.6
    scores = [
        body_prior.score(placed(bodies, body_prior.subspace.mean.reshape(-1, 3))[0].reshape(10, -1))
        for bodies in (good, bad)
    ]
    assert scores[1].min() > scores[0].max()


def test_later_bodies_are_laid_onto_what_the_prior_was_learned_around():
    """Laid elsewhere, all that a basis holds lies outside of it by the same turn."""
    bodies = BALL.vertices * np.exp(0.2 * np.random.default_rng(0).standard_normal((60, 1, 3)))
    prior = learn_body_prior(bodies, BALL.faces, 4, LpnOptions(hidden=4), FEW.replace(steps=2)).value
    mean = prior.subspace.mean.reshape(-1, 3)
    np.testing.assert_allclose(placed(bodies[np.arange(60) % 10 != 9], mean)[0].mean(0), mean, atol=1e-6)


def test_it_is_a_denoiser_as_loops_of_others_call_it():
    images = np.random.default_rng(0).random((60, 6, 6))
    prior = learn_image_prior(images, LpnOptions(hidden=3), FEW.replace(steps=10, batch_size=16)).value
    x = torch.rand(2, 1, 6, 6)
    found = prior(x, torch.tensor(prior.sigma))
    assert found.shape == x.shape and found.dtype == x.dtype
    torch.testing.assert_close(found[:1], prior(x[:1], prior.sigma))


def test_a_loop_of_deepinv_takes_it_for_its_denoiser():
    pytest.importorskip("deepinv", reason="deepinv, or torchvision that it asks for, is not installed")
    from deepinv.optim import PGD
    from deepinv.optim.data_fidelity import L2
    from deepinv.optim.prior import PnP
    from deepinv.physics import Inpainting

    images = np.random.default_rng(0).random((60, 6, 6))
    prior = learn_image_prior(images, LpnOptions(hidden=3), FEW.replace(steps=10, batch_size=16)).value
    noisy = torch.as_tensor(images[:2, None]).float()
    loop = PGD(prior=PnP(denoiser=prior), data_fidelity=L2(), stepsize=0.9, sigma_denoiser=prior.sigma, max_iter=1)
    # It begins at the measurement, where the slope of the data is zero.
    found = loop(noisy, Inpainting((1, 6, 6), mask=torch.ones(1, 6, 6)))
    torch.testing.assert_close(found, prior(noisy, prior.sigma))


def test_files_bring_back_the_same_prior_and_others_are_refused(field_prior, tmp_path):
    path = field_prior.save(tmp_path / "p.safetensors")
    again, noisy = load_prior(path), fields(3, 5)
    np.testing.assert_allclose(again.denoise(noisy), field_prior.denoise(noisy), atol=1e-5)
    assert again.kind == "fields" and again.sigma == field_prior.sigma
    write_weights(tmp_path / "q.safetensors", "geomlearn-lpn", {}, {"kind": "fields"})
    write_weights(tmp_path / "r.safetensors", "something", {}, {})
    for name, word in (("q", "does not fit"), ("r", "no learned prior"), ("s", "no file")):
        with pytest.raises(FormatError, match=word):
            load_prior(tmp_path / f"{name}.safetensors")


def test_another_shape_or_basis_is_refused(field_prior, body_prior):
    with pytest.raises(SizeMismatch, match="another shape"):
        field_prior.check_shape(BALL.vertices * 1.1, BALL.faces)
    with pytest.raises(SizeMismatch, match="another connectivity"):
        body_prior.check_shape(BALL.vertices, BALL.faces[::-1])
    body_prior.check_shape(BALL.vertices * 1.1, BALL.faces)
    with pytest.raises(SizeMismatch, match="signals with"):
        field_prior.denoise(np.zeros((1, 7)))


def test_bad_input_is_said(field_prior):
    whole, known = fields(2, 0), np.zeros(BALL.n_vertices, bool)
    with pytest.raises(ParameterError, match="No value is known"):
        restore_part(field_prior, whole, known)
    with pytest.raises(ParameterError, match="not finite"):
        restore_part(field_prior, whole * np.nan, ~known)
    with pytest.raises(ParameterError, match="not finite"):
        field_prior.denoise(whole * np.nan)
    with pytest.raises(ParameterError, match="up to its own"):
        field_prior.denoise(whole, 10 * field_prior.sigma)
    with pytest.raises(ParameterError, match="too few"):
        learn_field_prior(BALL, whole)
    with pytest.raises(ParameterError, match="the same"):
        learn_field_prior(BALL, np.ones((30, BALL.n_vertices)), 12)
    with pytest.raises(SizeMismatch, match="values"):
        learn_field_prior(BALL, np.ones((30, 5)), 12)


@pytest.mark.parametrize("name", shipped_priors())
def test_shipped_priors_denoise_score_and_have_a_card(name):
    prior = load_prior(f"shipped:{name}")
    random, mean = np.random.default_rng(0), prior.subspace.mean[None]
    y = torch.as_tensor(random.standard_normal((4, prior.network.n)) * 3)
    a, b = prior.network(y[:2]), prior.network(y[2:])
    assert bool((((a - b) * (y[:2] - y[2:])).sum(1) > 0).all())
    noisy = mean + prior.sigma * random.standard_normal(mean.shape)
    assert np.abs(prior.denoise(noisy) - mean).mean() < 0.5 * np.abs(noisy - mean).mean()
    assert prior.score(noisy)[0] > prior.score(prior.denoise(noisy))[0]
    path = shipped_priors()[name]
    assert f"shipped:{name}" in path.with_suffix(".md").read_text() and path.stat().st_size < 5e6


def test_both_kinds_of_prior_are_shipped_and_others_are_named():
    assert set(shipped_priors()) == {"bodies", "fields"}
    with pytest.raises(FormatError, match="No prior called faces") as refused:
        load_prior("shipped:faces")
    assert "shipped:fields" in refused.value.hint
