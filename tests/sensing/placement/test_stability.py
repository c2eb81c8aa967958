"""What places promise, and fewer of them that keep it."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.sensing.mode_space import from_functions
from geomlearn.sensing.placement.stability import gram, greedy_reduction, smallest_without, stability

RNG = np.random.default_rng(0)
SPACE = from_functions(np.polynomial.legendre.legvander(np.linspace(-1, 1, 300), 5))
CHOSEN = RNG.choice(300, 40, p=SPACE.density)
FUNCTIONS, WEIGHTS = SPACE.functions[CHOSEN], SPACE.weights[CHOSEN]


def test_lambda_min_and_condition_are_those_of_the_gram_matrix():
    values = np.linalg.eigvalsh(gram(FUNCTIONS, WEIGHTS))
    found = stability(FUNCTIONS, WEIGHTS)
    assert found.lambda_min == pytest.approx(values[0])
    assert found.condition == pytest.approx(np.sqrt(values[-1] / values[0]))


def test_the_noise_gain_is_the_error_that_noise_makes():
    noise = np.random.default_rng(1).normal(size=(40, 20_000))
    root = np.sqrt(WEIGHTS)[:, None]
    coefficients = np.linalg.lstsq(root * FUNCTIONS, root * noise, rcond=None)[0]
    measured = np.sqrt((coefficients**2).sum(axis=0).mean())
    assert stability(FUNCTIONS, WEIGHTS).noise_gain == pytest.approx(measured, rel=0.02)


def test_places_that_miss_a_mode_promise_nothing():
    found = stability(FUNCTIONS[:4], WEIGHTS[:4])
    assert found.lambda_min == 0
    assert np.isinf(found.error_factor)


def test_the_secular_roots_are_eigenvalues_without_each_row():
    rows = np.sqrt(WEIGHTS)[:, None] * FUNCTIONS
    whole = rows.T @ rows
    exact = [np.linalg.eigvalsh(whole - np.outer(row, row))[0] for row in rows]
    assert smallest_without(rows) == pytest.approx(exact, abs=1e-9)


def test_property_9_greedy_reduction_keeps_lambda_min_and_drops_points():
    start = stability(FUNCTIONS, WEIGHTS).lambda_min
    floor = 0.9 * start
    kept = greedy_reduction(FUNCTIONS, WEIGHTS, floor=floor)
    assert len(kept) < 40
    assert stability(FUNCTIONS[kept], WEIGHTS[kept]).lambda_min >= floor


def test_greedy_reduction_beats_dropping_at_random():
    kept = greedy_reduction(FUNCTIONS, WEIGHTS, keep=12)
    assert len(kept) == 12
    mine = stability(FUNCTIONS[kept], WEIGHTS[kept]).lambda_min
    rng = np.random.default_rng(3)
    others = []
    for _ in range(50):
        some = rng.choice(40, 12, replace=False)
        others.append(stability(FUNCTIONS[some], WEIGHTS[some]).lambda_min)
    assert mine > max(others)


def test_locked_places_stay():
    locked = np.zeros(40, bool)
    locked[[3, 17, 31]] = True
    assert {3, 17, 31} <= set(greedy_reduction(FUNCTIONS, WEIGHTS, keep=10, locked=locked).tolist())
