"""Search across versions: measured on items that were not learned from."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.regularizers.options import AlignmentOptions
from geomlearn.regularizers.version_search import align_versions

QUICK = AlignmentOptions(steps=150, learning_rate=1e-2)


def versions(n=90, noise=0.02):
    rng = np.random.default_rng(1)
    old = rng.normal(size=(n, 6))
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    return old, old @ turn * np.linspace(0.8, 1.3, 6) + noise * rng.normal(size=(n, 6))


def test_items_are_found_again_after_aligning_and_hardly_before():
    _, searches = align_versions(*versions(), options=QUICK)
    rates = {(search.queries, search.gallery): search for search in searches}
    before, after = rates["new, as they are", "old"], rates["new, aligned: B(new)", "old, aligned: F(old)"]
    assert before.top1 < 0.3 < 0.9 < after.top1
    assert all(search.top1 <= search.top5 and search.top1 <= search.mean_precision + 1e-9 for search in searches)


def test_ablation_features_of_other_items_align_to_nothing():
    old, new = versions()
    _, searches = align_versions(old, np.roll(new, 7, axis=0), options=QUICK)
    # The maps fit what they saw; held items tell that there was nothing to learn.
    assert max(search.top1 for search in searches) < 0.3


def test_too_few_items_and_unequal_ones_are_refused():
    old, new = versions(9)
    with pytest.raises(ParameterError, match="too few"):
        align_versions(old, new, options=QUICK)
    old, new = versions()
    with pytest.raises(SizeMismatch, match="same items"):
        align_versions(old, new[:-1], options=QUICK)
