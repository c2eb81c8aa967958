"""Farthest points: the plain algorithm's indices, spread out, and fast because little is touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.sampling import farthest_points


def plain(points, n, start):
    picked, nearest = [start], np.full(len(points), np.inf)
    for _ in range(n - 1):
        nearest = np.minimum(nearest, ((points - points[picked[-1]]) ** 2).sum(axis=1))
        picked.append(int(nearest.argmax()))
    return np.array(picked)


def test_identity_on_a_line():
    # From 0 the farthest is 4, then the middle 2, then 1 (the first of two equals).
    points = np.arange(5.0)[:, None] * (1, 0, 0)
    assert farthest_points(points, 4).tolist() == [0, 4, 2, 1]


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.integers(2, 5), st.integers(100, 300))
def test_same_as_the_plain_algorithm(seed, dimension, n):
    points = np.random.default_rng(seed).standard_normal((400, dimension))
    np.testing.assert_array_equal(farthest_points(points, n, start=7), plain(points, n, 7))


def test_prefixes_are_samples_and_points_keep_apart():
    points = np.random.default_rng(0).random((2000, 3))
    picked = farthest_points(points, 300)
    assert len(set(picked)) == 300
    np.testing.assert_array_equal(picked[:50], farthest_points(points, 50))
    covering = cKDTree(points[picked]).query(points)[0].max()
    apart = cKDTree(points[picked]).query(points[picked], k=2)[0][:, 1].min()
    # No two samples are nearer to each other than the farthest point is to its sample: the 2-approximation.
    assert apart >= covering
    random = np.random.default_rng(1).choice(2000, 300, replace=False)
    assert cKDTree(points[random]).query(points)[0].max() > 1.3 * covering


def test_coincident_points_are_no_trouble():
    assert len(farthest_points(np.zeros((120, 3)), 110)) == 110


def test_impossible_requests():
    points = np.zeros((5, 3))
    with pytest.raises(SizeMismatch):
        farthest_points(points, 6)
    with pytest.raises(SizeMismatch):
        farthest_points(points[0], 1)
    with pytest.raises(ParameterError):
        farthest_points(points, 2, start=5)
