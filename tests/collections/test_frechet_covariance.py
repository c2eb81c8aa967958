"""The Fréchet cumulative covariance: against its definition, its invariances, and what it says of chance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from geomlearn.collections.frechet_covariance import Balls, covariance_matrix, permutation_p_values
from geomlearn.collections.sufficient_network import batch_covariance
from geomlearn.core.errors import ParameterError, SizeMismatch


def naive(values: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Equation 1 as it is written."""
    centred, n = values - values.mean(0), len(values)
    total = np.zeros((values.shape[1],) * 2)
    for i in range(n):
        for j in range(n):
            c = (centred * (distances[:, i] <= distances[j, i])[:, None]).sum(0) / n
            total += np.outer(c, c)
    return total / n**2


def case(n: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    random = np.random.default_rng(seed)
    values = random.standard_normal((n, 3))
    response = values[:, :1] + 0.3 * random.standard_normal((n, 1))
    return values, np.abs(response - response.T), random


def test_1_the_fast_way_is_the_definition_with_ties_too():
    values, distances, _ = case()
    for gaps in (distances, np.round(3 * distances), np.zeros((40, 40))):
        assert covariance_matrix(values, Balls(gaps)) == pytest.approx(naive(values, gaps), abs=1e-12)


def test_2_only_the_order_of_distances_counts():
    values, distances, _ = case()
    found = covariance_matrix(values, Balls(distances))
    assert (covariance_matrix(values, Balls(np.exp(3 * distances))) == found).all()
    outlier = int(distances.sum(0).argmax())
    others = np.arange(40) != outlier
    # Moved away to where it is still the farthest from everyone; its own column keeps its order.
    top = distances[others][:, others].max() + distances[outlier].max()
    near, away = distances.copy(), distances.copy()
    near[outlier, others] = near[others, outlier] = top + distances[outlier, others]
    away[outlier, others] = away[others, outlier] = 1e6 * (top + distances[outlier, others])
    assert (covariance_matrix(values, Balls(near)) == covariance_matrix(values, Balls(away))).all()


def test_3_4_5_and_9_order_linear_maps_shifts_and_sign():
    values, distances, random = case()
    found = covariance_matrix(values, Balls(distances))
    order = random.permutation(40)
    assert covariance_matrix(values[order], Balls(distances[order][:, order])) == pytest.approx(found, abs=1e-14)
    matrix = random.standard_normal((2, 3))
    assert covariance_matrix(values @ matrix.T, Balls(distances)) == pytest.approx(matrix @ found @ matrix.T, abs=1e-12)
    assert covariance_matrix(3 * values + 7, Balls(distances)) == pytest.approx(9 * found, abs=1e-12)
    assert np.linalg.eigvalsh(found).min() > -1e-15


def test_6_independence_vanishes_like_one_over_n_and_dependence_stays():
    random = np.random.default_rng(1)
    for n in (100, 400, 1600):
        values, response = random.standard_normal((n, 1)), random.standard_normal((n, 1))
        free = n * covariance_matrix(values, Balls(np.abs(response - response.T)))[0, 0]
        tied = covariance_matrix(values, Balls(np.abs(values - values.T)))[0, 0]
        assert 0.05 < free < 1.5
        assert 0.015 < tied < 0.06


def test_7_p_values_are_uniform_by_chance_and_small_where_there_is_a_link():
    random = np.random.default_rng(2)
    chance = []
    for _ in range(100):
        values, response = random.standard_normal((25, 1)), random.standard_normal((25, 1))
        chance.append(permutation_p_values(values, Balls(np.abs(response - response.T)), 40, seed=3)[0])
    assert stats.kstest(chance, "uniform").pvalue > 0.01
    values = random.standard_normal((200, 2))
    response = values[:, :1] + 0.5 * random.standard_normal((200, 1))
    p = permutation_p_values(values, Balls(np.abs(response - response.T)), 199)
    assert p[0] < 0.01
    assert p[1] > 0.01


def test_10_the_network_s_value_is_the_same_and_its_gradient_right():
    values, distances, _ = case(15)
    batch = torch.as_tensor(values, dtype=torch.float64).requires_grad_()
    gaps = torch.as_tensor(distances)
    assert float(batch_covariance(batch, gaps).detach()) == pytest.approx(np.trace(naive(values, distances)), abs=1e-12)
    assert torch.autograd.gradcheck(lambda z: batch_covariance(z, gaps), (batch,))


def test_11_classes_have_a_closed_form():
    random = np.random.default_rng(4)
    classes = np.repeat([0, 1], [12, 20])
    values = random.standard_normal((32, 2)) + classes[:, None]
    distances = (classes[:, None] != classes).astype(float)
    expected = 0.0
    for label in (0, 1):
        share = np.mean(classes == label)
        expected += share**2 * np.sum((share * (values[classes == label].mean(0) - values.mean(0))) ** 2)
    assert np.trace(covariance_matrix(values, Balls(distances))) == pytest.approx(expected, abs=1e-10)


def test_bad_input_is_said():
    with pytest.raises(SizeMismatch, match=r"must be \(n, n\)"):
        Balls(np.ones((3, 4)))
    with pytest.raises(ParameterError, match="none negative"):
        Balls(-np.ones((3, 3)))
    with pytest.raises(SizeMismatch, match="5 vectors"):
        covariance_matrix(np.ones((5, 2)), Balls(np.ones((3, 3))))
