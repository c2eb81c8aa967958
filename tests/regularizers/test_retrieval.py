"""Scores by hand, and backfilling from its ends to its middle."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.regularizers.retrieval import backfill_curve, backfill_order, retrieval_scores


def test_scores_by_hand():
    gallery = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    top, precision = retrieval_scores(np.array([[1.0, 0.1]]), gallery, np.array([7]), np.array([3, 7, 7]))
    assert (top, precision) == (0.0, pytest.approx((1 / 2 + 2 / 3) / 2))
    assert retrieval_scores(np.array([[1.0, 0.1]]), gallery, np.array([7]), np.array([3, 7, 7]), top=2)[0] == 1.0
    assert retrieval_scores(gallery, gallery, np.array([1, 1, 2]), np.array([1, 1, 2]), same_items=True)[
        0
    ] == pytest.approx(2 / 3)
    with pytest.raises(SizeMismatch, match="cannot search"):
        retrieval_scores(np.ones((1, 3)), gallery, np.array([1]), np.array([1, 1, 1]))


def test_rotations_and_lengths_do_not_matter():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(40, 6)), rng.integers(0, 4, 40)
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    plain = retrieval_scores(features, features, labels, labels, same_items=True)
    assert retrieval_scores(features @ turn, 3 * features @ turn, labels, labels, same_items=True) == plain


def test_backfilling_starts_old_ends_new_and_orders_every_item_once():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), 20)
    centres = rng.normal(size=(5, 8))
    new = centres[labels] + 0.2 * rng.normal(size=(100, 8))
    old = centres[labels] + 1.2 * rng.normal(size=(100, 8))
    order = backfill_order(old, labels)
    assert sorted(order) == list(range(100))
    distances = np.linalg.norm(old - np.stack([old[labels == c].mean(0) for c in range(5)])[labels], axis=1)
    assert (np.diff(distances[order]) <= 0).all()
    curve = backfill_curve(old, new, labels, order)
    assert curve[0] == retrieval_scores(new, old, labels, labels, same_items=True)[0]
    assert curve[-1] == retrieval_scores(new, new, labels, labels, same_items=True)[0]
    assert curve[0] <= curve.mean() <= curve[-1]
