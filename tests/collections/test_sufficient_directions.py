"""Sufficient directions: a linear link in closed form, an even one by the network, and what linear cannot see."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from geomlearn.collections.sufficient_directions import find_directions
from geomlearn.core.errors import ParameterError, SizeMismatch


def circle(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Responses on a circle, at the angle x₀ + x₁."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, 10))
    angle = 0.7 * (x[:, 0] + x[:, 1]) + 0.1 * random.standard_normal(n)
    y = np.stack([np.cos(angle), np.sin(angle)], 1)
    return x, np.arccos(np.clip(y @ y.T, -1, 1))


def test_8_a_linear_link_is_found():
    x, distances = circle(400, 0)
    found = find_directions(x, distances, n_directions=2, n_permutations=60)
    direction = found.importance[:, 0] / np.linalg.norm(found.importance[:, 0])
    assert np.arccos(min(1, direction[:2].sum() / np.sqrt(2))) < 0.15
    assert found.strengths[0] > 5 * found.strengths[1]
    assert found.p_values[0] < 0.05
    assert np.cov(found.coordinates.T, bias=True) == pytest.approx(np.eye(2), abs=1e-8)
    assert found.transform(x[:7]) == pytest.approx(found.coordinates[:7])


def even(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, 10))
    radius = np.hypot(x[:, 0], x[:, 1])
    y = np.stack([np.exp(0.5 * radius), radius, np.sin(radius), 0.3 * radius**2], 1)
    y += 0.05 * random.standard_normal(y.shape)
    return x, cdist(y, y), radius


def test_12_an_even_link_needs_the_network():
    x, distances, _ = even(900, 1)
    test, _, truth = even(400, 2)
    deep = find_directions(x, distances, n_directions=1, way="deep", n_permutations=0, epochs=100, batch_size=240)
    linear = find_directions(x, distances, n_directions=1, n_permutations=0)
    assert abs(np.corrcoef(deep.transform(test)[:, 0], truth)[0, 1]) > 0.9
    assert abs(np.corrcoef(linear.transform(test)[:, 0], truth)[0, 1]) < 0.3


def test_bad_input_is_said():
    x, distances = circle(30, 3)
    with pytest.raises(SizeMismatch, match="same samples"):
        find_directions(x[:20], distances)
    with pytest.raises(ParameterError, match="Predictor 4 never changes"):
        find_directions(np.where(np.arange(10) == 4, 1.0, x), distances)
    with pytest.raises(ParameterError, match="11 directions"):
        find_directions(x, distances, n_directions=11)
    with pytest.raises(ParameterError, match="not finite"):
        find_directions(np.where(np.arange(10) == 4, np.nan, x), distances)
    with pytest.raises(ParameterError, match="8 samples do not tell 10"):
        find_directions(x[:8], distances[:8, :8])
