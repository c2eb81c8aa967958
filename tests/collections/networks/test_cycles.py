"""A wrong map among right ones is found by its cycles."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from geomlearn.collections.networks.cycles import Points, contradicted, cycle_errors, trust
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import icosphere

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture(scope="module")
def network():
    """One ball in five orders, with the true maps between them."""
    ball = icosphere(5)
    n = ball.n_vertices
    random = np.random.default_rng(0)
    order = {name: random.permutation(n) for name in NAMES}
    place = {name: np.argsort(order[name]) for name in NAMES}
    points = {name: Points.of(ball.vertices[order[name]], ball.area) for name in NAMES}
    return points, {(i, j): place[j][order[i]] for i, j in permutations(NAMES, 2)}, ball


def test_true_maps_agree_with_every_way_around_them(network):
    points, maps, _ = network
    assert max(cycle_errors(maps, points).values()) < 1e-12


def test_the_wrong_ones_are_found_and_not_trusted(network):
    points, maps, _ = network
    random = np.random.default_rng(1)
    wrong = [("a", "b"), ("d", "c")]
    broken = {**maps, **{pair: random.permutation(maps[pair]) for pair in wrong}}
    errors = cycle_errors(broken, points)
    assert set(contradicted(errors)) == set(wrong)
    weights = trust(errors)
    assert max(weights[pair] for pair in wrong) < 1e-3
    assert min(weight for pair, weight in weights.items() if pair not in wrong) > 0.9


def test_the_unit_is_that_of_the_other_errors(network):
    """A map that sends all to one vertex is as far from the truth as that vertex from the others (equation 1)."""
    points, maps, _ = network
    broken = {**maps, ("a", "b"): np.zeros_like(maps["a", "b"])}
    place = points["b"].vertices
    expected = 100 * np.linalg.norm(place[maps["a", "b"]][points["a"].samples] - place[0], axis=1).mean()
    assert cycle_errors(broken, points)["a", "b"] == pytest.approx(expected)


def test_without_triangles_nothing_can_be_said(network):
    points, maps, _ = network
    few = {pair: maps[pair] for pair in (("a", "b"), ("b", "a"))}
    errors = cycle_errors(few, points)
    assert all(np.isnan(error) for error in errors.values())
    with pytest.raises(ParameterError, match="No three maps form a triangle"):
        contradicted(errors)
