"""Adapters between feature spaces: rotations keep rankings exactly, λ sets how far others go, old indexes are found."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.regularizers.alignment import align_features, contrastive_loss, procrustes
from geomlearn.regularizers.options import AlignmentOptions
from geomlearn.regularizers.retrieval import retrieval_scores

pytestmark = pytest.mark.usefixtures("one_thread")

FAST = AlignmentOptions(steps=300, learning_rate=3e-3, batch_size=128)


def versions(n=240, d_old=12, d_new=12, seed=0):
    """Features of one set of items by an old and a better new model, which saw the same latent classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 8
    latent = rng.normal(size=(8, 10))[labels] + 0.4 * rng.normal(size=(n, 10))
    old = latent @ rng.normal(size=(10, d_old)) + 1.0 * rng.normal(size=(n, d_old))
    new = np.tanh(latent) @ rng.normal(size=(10, d_new)) + 0.3 * rng.normal(size=(n, d_new))
    return old, new, labels


def test_a_rotation_keeps_the_new_models_ranking_exactly():
    old, new, labels = versions()
    result = align_features(old, new, labels, FAST.replace(kind="orthogonal"))
    adapted = result.value.new_to_old(new)
    scale = np.linalg.norm(adapted) / np.linalg.norm(new)
    np.testing.assert_allclose(np.linalg.norm(adapted, axis=1), scale * np.linalg.norm(new, axis=1), rtol=1e-4)
    assert result.value.distance < 1e-4
    plain = retrieval_scores(new, new, labels, labels, same_items=True)[0]
    assert retrieval_scores(adapted, adapted, labels, labels, same_items=True)[0] == plain


def test_with_the_backward_loss_alone_a_rotation_is_procrustes():
    old, new, _ = versions()
    options = FAST.replace(kind="orthogonal", forward_weight=0.0, contrastive_weight=0.0, batch_size=240)
    weight = align_features(old, new, None, options).value.backward_matrix
    exact = procrustes(old, new)
    size = np.linalg.norm(weight) / np.linalg.norm(exact)

    def loss(w):
        return float(((new @ w.T - old) ** 2).sum())

    assert loss(weight) <= loss(size * exact) * (1 + 1e-3)
    np.testing.assert_allclose(exact.T @ exact, np.eye(12), atol=1e-12)


def test_the_distance_grows_with_the_limit_and_stays_below_it():
    old, new, labels = versions()
    limits = np.array([0.5, 1.5, 4.0])
    reached = [
        align_features(old, new, labels, FAST.replace(steps=500, limit_rel=float(limit / np.sqrt(12)))).value.distance
        for limit in limits
    ]
    assert (np.diff(reached) > 0).all()
    assert (np.array(reached) <= limits + 0.1).all()
    # Ablation: without the penalty the map goes where the data pull it.
    assert align_features(old, new, labels, FAST.replace(steps=500, kind="affine")).value.distance > reached[1]


def test_new_queries_find_old_items_through_the_maps_and_not_without():
    old, new, labels = versions(d_new=16)
    alignment = align_features(old, new, labels, FAST.replace(steps=600)).value
    chance = 1 / 8
    raw = retrieval_scores(new[:, :12], old, labels, labels, same_items=True)[0]
    across = retrieval_scores(alignment.new_to_old(new), alignment.old_to_new(old), labels, labels, same_items=True)[0]
    assert raw < 3 * chance
    assert across > raw + 0.3


def test_principal_axes_are_cut_last():
    old, new, labels = versions(d_old=6, d_new=16)
    turned = align_features(old, new, labels, FAST.replace(rotate_longer=True, steps=20)).value
    assert turned.new_to_old(new).shape == turned.old_to_new(old).shape == (240, 6)
    assert np.allclose(turned.axes.T @ turned.axes, np.eye(16))


def test_contrastive_loss_by_hand():
    u = torch.randn(9, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    own = torch.arange(9)
    torch.testing.assert_close(contrastive_loss(u, u.flip(1), own, 0.5), contrastive_loss(u, u.flip(1), None, 0.5))
    same = torch.ones(9, 4, dtype=torch.float64)
    assert float(contrastive_loss(same, same, own, 0.1)) == pytest.approx(np.log(9))
    classes = own % 3
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        contrastive_loss(u[order], u[order], classes[order], 0.1), contrastive_loss(u, u, classes, 0.1)
    )


def test_wrong_features_are_refused_and_cancelling_hands_over():
    old, new, _ = versions()
    with pytest.raises(SizeMismatch, match="same items"):
        align_features(old[:-1], new)
    with pytest.raises(ParameterError, match="finite"):
        align_features(np.full_like(old, np.nan), new)
    stopped = align_features(old, new, None, FAST, Progress(None, lambda: True))
    assert stopped.status is Status.CANCELLED
    with pytest.raises(SizeMismatch, match="meet a map"):
        stopped.value.old_to_new(old[:, :5])
