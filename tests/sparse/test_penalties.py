"""Each proximal map against brute force, and the limits the theory names (card numbers in the names)."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.sparse.penalties import PENALTIES, cel0, hard, largest, penalty, soft

V = np.array([-2, -1.2, -0.7, 0.3, 0.9, 1.5, 3.0])
STEP, WEIGHT = 0.3, 0.8
SHRINKING = ("soft", "hard", "half", "cel0")


@pytest.mark.parametrize("key", SHRINKING)
def test_1_the_map_is_the_minimiser_found_on_a_grid(key):
    row = PENALTIES[key]
    grid = np.concatenate([[0.0], np.arange(-4, 4, 5e-5)])
    energy = 0.5 * (grid[:, None] - V) ** 2 + STEP * row.value(grid, WEIGHT)[:, None]
    assert row.prox(V, STEP, WEIGHT) == pytest.approx(grid[energy.argmin(0)], abs=1e-3)


def test_1_the_figures_of_the_source():
    assert hard(np.array([0.6927, 0.6929]), STEP, WEIGHT).tolist() == [0, 0.6929]
    assert PENALTIES["cel0"].prox(V, STEP, WEIGHT)[[1, 2, 4]] == pytest.approx([-1.172, -0.458, 0.744], abs=1e-3)
    assert PENALTIES["half"].prox(V, STEP, WEIGHT)[[1, 4]] == pytest.approx([-1.085, 0.763], abs=1e-3)


def test_2_limits():
    v = np.linspace(-3, 3, 601)
    edge = np.sqrt(2 * WEIGHT)
    off_edge = np.abs(np.abs(v) - edge) > 1e-2
    # The step from 0 to the identity narrows with 1 − η, so that off the edge the two agree.
    assert cel0(v, 1 - 1e-6, WEIGHT)[off_edge] == pytest.approx(hard(v, 1.0, WEIGHT)[off_edge], abs=1e-9)
    assert (cel0(v, 1.5, WEIGHT) == hard(v, 1.5, WEIGHT)).all()
    assert cel0(v, STEP, WEIGHT)[np.abs(v) >= edge] == pytest.approx(v[np.abs(v) >= edge])
    kept = np.abs(v) > np.sqrt(2 * STEP * WEIGHT)
    assert (hard(v, STEP, WEIGHT)[kept] == v[kept]).all()
    active = np.abs(v) > STEP * WEIGHT
    assert (np.abs(v) - np.abs(soft(v, STEP, WEIGHT)))[active] == pytest.approx(STEP * WEIGHT)


@pytest.mark.parametrize("key", SHRINKING)
def test_2_no_weight_no_change(key):
    assert PENALTIES[key].prox(V, STEP, 0.0) == pytest.approx(V)


def test_3_the_relaxation_lies_below_the_count_and_meets_it():
    x = np.linspace(-3, 3, 60001)
    edge = np.sqrt(2 * WEIGHT)
    value = PENALTIES["cel0"].value(x, WEIGHT)
    assert (value <= WEIGHT * (x != 0) + 1e-12).all()
    assert PENALTIES["cel0"].value(np.array([0.0, edge, 2.5]), WEIGHT) == pytest.approx([0, WEIGHT, WEIGHT])
    slope = np.diff(PENALTIES["cel0"].value(edge + np.array([-1e-6, 0, 1e-6]), WEIGHT)) / 1e-6
    assert np.abs(np.diff(slope)) < 1e-5


def test_top_k_keeps_the_largest_of_each_row():
    v = np.array([[3.0, -1, 2, 0], [0.1, 0.2, -0.4, 0.3]])
    assert largest(v, 2).tolist() == [[3, 0, 2, 0], [0, 0, -0.4, 0.3]]
    assert largest(v, 9).tolist() == v.tolist()


def test_an_unknown_penalty_is_named():
    with pytest.raises(ParameterError, match="no penalty called 'l1'"):
        penalty("l1")
