"""Latent bases of networks whose true maps are known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from geomlearn.collections.networks.latent_basis import (
    consistent_latent_basis,
    consistent_map,
    limit_shape,
    shape_difference,
)
from geomlearn.core.errors import ParameterError, SizeMismatch

NAMES = ("a", "b", "c", "d", "e")


def network(seed=0, k=8):
    """Orthogonal maps Q_j Q_iᵀ, which compose exactly."""
    random = np.random.default_rng(seed)
    bases = {name: np.linalg.qr(random.normal(size=(k, k)))[0] for name in NAMES}
    return bases, {(i, j): bases[j] @ bases[i].T for i, j in permutations(NAMES, 2)}


def ones(fmaps):
    return dict.fromkeys(fmaps, 1.0)


def test_of_maps_that_compose_every_map_comes_back():
    _, fmaps = network()
    latent = consistent_latent_basis(fmaps, ones(fmaps), NAMES, 8)
    for (i, j), fmap in fmaps.items():
        np.testing.assert_allclose(consistent_map(latent[i], latent[j]), fmap, atol=1e-10)
    # Equation 1: nothing is left of the sum, and the constraint holds.
    total = sum(latent[name].T @ latent[name] for name in NAMES)
    np.testing.assert_allclose(total, len(NAMES) * np.eye(8), atol=1e-10)


def test_wrong_maps_that_are_not_trusted_do_no_harm_and_trusted_ones_do():
    _, truth = network()
    random = np.random.default_rng(1)
    fmaps = {**truth, ("a", "b"): np.linalg.qr(random.normal(size=(8, 8)))[0]}
    for weight, most in ((0.0, 1e-8), (1.0, np.inf)):
        latent = consistent_latent_basis(fmaps, {**ones(fmaps), ("a", "b"): weight}, NAMES, 8)
        errors = [np.abs(consistent_map(latent[i], latent[j]) - truth[i, j]).max() for i, j in truth]
        assert max(errors) <= most
    assert max(errors) > 0.05
    # Even so the one that was wrong is nearer to the truth than it was.
    repaired = consistent_map(latent["a"], latent["b"])
    assert np.linalg.norm(repaired - truth["a", "b"]) < 0.5 * np.linalg.norm(fmaps["a", "b"] - truth["a", "b"])


def test_noise_is_averaged_out():
    _, truth = network()
    random = np.random.default_rng(2)
    fmaps = {pair: fmap + 0.1 * random.normal(size=(8, 8)) for pair, fmap in truth.items()}
    latent = consistent_latent_basis(fmaps, ones(fmaps), NAMES, 8)
    before = np.mean([np.linalg.norm(fmaps[pair] - truth[pair]) for pair in truth])
    after = np.mean([np.linalg.norm(consistent_map(latent[i], latent[j]) - truth[i, j]) for i, j in truth])
    assert after < 0.8 * before


def test_the_limit_of_equal_shapes_is_the_shape():
    _, fmaps = network()
    spectrum = np.arange(8.0)
    evals = dict.fromkeys(NAMES, spectrum)
    # The true maps of equal shapes are identities.
    same = dict.fromkeys(fmaps, np.eye(8))
    latent, limit = limit_shape(consistent_latent_basis(same, ones(same), NAMES, 8), evals)
    np.testing.assert_allclose(limit, spectrum, atol=1e-8)
    np.testing.assert_allclose(shape_difference(latent["a"]), np.eye(8), atol=1e-8)
    np.testing.assert_allclose(shape_difference(latent["b"], spectrum), np.diag(spectrum), atol=1e-8)


def test_what_makes_no_network_is_a_sentence():
    _, fmaps = network()
    with pytest.raises(SizeMismatch, match="Cut them to one size"):
        consistent_latent_basis(fmaps, ones(fmaps), NAMES, 9)
    few = {pair: fmap for pair, fmap in fmaps.items() if "e" not in pair}
    with pytest.raises(ParameterError, match="No maps connect e"):
        consistent_latent_basis(few, ones(few), NAMES, 4)
