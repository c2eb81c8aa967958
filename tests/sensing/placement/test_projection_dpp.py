"""Draws of projection determinantal processes against their exact probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from geomlearn.core.errors import ParameterError
from geomlearn.sensing.placement.projection_dpp import ChainRule, projection_dpp


def orthonormal(n: int, m: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, m)))[0]


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    rows, rng = orthonormal(30, 4), np.random.default_rng(1)
    return np.stack([projection_dpp(rows, rng) for _ in range(8000)])


def test_property_2_m_distinct_points_with_the_right_inclusion_frequencies(draws):
    assert all(len(set(draw)) == 4 for draw in draws[:2000].tolist())
    kernel = orthonormal(30, 4) @ orthonormal(30, 4).T
    counts = np.bincount(draws.ravel(), minlength=30)
    expected = len(draws) * np.diag(kernel)
    statistic = ((counts - expected) ** 2 / expected).sum()
    # Counts within one set repel each other, so their spread is below that of independent draws.
    assert statistic < chi2.ppf(0.999, 29)


def test_property_3_pair_probabilities_are_two_by_two_minors(draws):
    kernel = orthonormal(30, 4) @ orthonormal(30, 4).T
    inside = np.zeros((len(draws), 30))
    inside[np.arange(len(draws))[:, None], draws] = 1
    pairs = inside.T @ inside / len(draws)
    exact = np.outer(np.diag(kernel), np.diag(kernel)) - kernel**2
    off = ~np.eye(30, dtype=bool)
    # Five standard deviations of a frequency in 8,000 draws.
    assert (np.abs(pairs - exact)[off] < 5 * np.sqrt(exact[off] / len(draws)) + 1e-3).all()


def test_without_repulsion_the_pair_probabilities_would_be_missed(draws):
    kernel = orthonormal(30, 4) @ orthonormal(30, 4).T
    independent = np.outer(np.diag(kernel), np.diag(kernel))
    exact = independent - kernel**2
    assert (independent - exact).max() > 5 * np.sqrt(exact.max() / len(draws))


def test_property_7_a_rotation_of_the_modes_leaves_the_draw_as_it_is():
    rows = orthonormal(200, 8)
    rotated = rows @ orthonormal(8, 8, seed=5)
    for seed in range(20):
        mine = projection_dpp(rows, np.random.default_rng(seed))
        other = projection_dpp(rotated, np.random.default_rng(seed))
        assert (mine == other).all()


def test_the_written_out_law_is_the_one_that_proposals_follow():
    """Only two far rows are available, which proposals nearly never hit: the conditional law is written out."""
    rows = orthonormal(500, 3)
    available = np.zeros(500, bool)
    available[[7, 8]] = True
    chain = ChainRule(rows)
    chain.add(100)
    rng = np.random.default_rng(0)
    hits = sum(chain.draw(available, rng) == 7 for _ in range(4000))
    first = rows[100] / np.linalg.norm(rows[100])
    left = [np.linalg.norm(rows[i] - (rows[i] @ first) * first) ** 2 for i in (7, 8)]
    share = left[0] / sum(left)
    assert abs(hits / 4000 - share) < 4 * np.sqrt(share * (1 - share) / 4000)


def test_a_hundred_rows_stay_apart_to_rounding():
    """Nearly parallel rows: orthogonalised once, the last ones would repel from nothing."""
    rng = np.random.default_rng(3)
    rows = np.linalg.qr(rng.normal(size=(400, 1)) + 1e-7 * rng.normal(size=(400, 60)))[0]
    drawn = projection_dpp(rows, rng)
    assert len(set(drawn.tolist())) == 60
    assert np.linalg.svd(rows[drawn], compute_uv=False)[-1] > 1e-8


def test_dependent_columns_are_refused():
    rows = np.tile(orthonormal(20, 1), 2) / np.sqrt(2)
    with pytest.raises(ParameterError, match="fewer directions"):
        projection_dpp(rows, np.random.default_rng(0))
