"""Nearest rows against brute force; the bijective search against its definition."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from geomlearn.core.errors import DeviceError, SizeMismatch
from geomlearn.matching.row_search import arrays, tensors
from geomlearn.matching.row_search.nearest import nearest_rows


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(1, 60), m=st.integers(1, 60), d=st.integers(1, 40))
def test_nearest_rows_are_those_of_brute_force(seed, n, m, d):
    generator = np.random.default_rng(seed)
    queries, points = generator.standard_normal((n, d)), generator.standard_normal((m, d))
    squared = ((queries[:, None] - points[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(nearest_rows(queries, points, precision="float64"), squared.argmin(axis=1))
    near = nearest_rows(queries, points)
    assert (squared[np.arange(n), near] <= squared.min(axis=1) + 1e-5 * squared.max()).all()


def test_blocks_do_not_change_the_answer(monkeypatch):
    generator = np.random.default_rng(0)
    queries, points = generator.standard_normal((500, 20)), generator.standard_normal((300, 20))
    whole = nearest_rows(queries, points)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 300 * 4 * 7)
    np.testing.assert_array_equal(nearest_rows(queries, points), whole)


def test_one_search_serves_both_maps_of_the_bijective_form():
    generator = np.random.default_rng(0)
    source, target = generator.standard_normal((40, 6)), generator.standard_normal((50, 6))
    to_from, from_to = generator.standard_normal((2, 6, 6))
    search = arrays.ArraySearch("float64")
    for weight in (0.0, 0.3, 1.0):
        middle = (target @ to_from.T + weight * target @ from_to) / (1 + weight)
        found = search.bijective(search.held(source), search.held(target), to_from, from_to, weight)
        np.testing.assert_array_equal(found, ((source[:, None] - middle[None]) ** 2).sum(2).argmin(axis=1))


def test_a_search_near_points_is_the_search_among_their_neighbours():
    generator = np.random.default_rng(0)
    source, target = generator.standard_normal((700, 6)), generator.standard_normal((50, 6))
    to_from, from_to = generator.standard_normal((2, 6, 6))
    neighbours, start = generator.integers(0, 50, (50, 4)), generator.integers(0, 50, 700)
    search = arrays.ArraySearch("float64")
    rows = search.held(source), search.held(target)
    found = search.bijective_near(*rows, to_from, from_to, 0.3, start, search.indices(neighbours))
    middle = (target @ to_from.T + 0.3 * target @ from_to) / 1.3
    cost = ((source[:, None] - middle[None]) ** 2).sum(2)
    allowed = neighbours[start]
    best = allowed[np.arange(700), np.take_along_axis(cost, allowed, axis=1).argmin(axis=1)]
    np.testing.assert_array_equal(found, best)


def test_sentences_for_what_does_not_fit():
    with pytest.raises(SizeMismatch, match="do not lie in one space"):
        nearest_rows(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(SizeMismatch, match="do not lie in one space"):
        nearest_rows(np.zeros((2, 3)), np.zeros((0, 3)))
    with pytest.raises(DeviceError):
        nearest_rows(np.zeros((2, 3)), np.zeros((2, 3)), device="nothing")


def test_tensors_are_searched_as_arrays_are():
    generator = np.random.default_rng(0)
    queries, points = generator.standard_normal((300, 8)), generator.standard_normal((200, 8))
    listed, norms = generator.integers(0, 200, (300, 5)), (points**2).sum(axis=1) / 2
    squares = points.T @ points
    found = []
    for search in (arrays.ArraySearch("float64"), tensors.TensorSearch(torch.device("cpu"), "float64")):
        held = [search.held(array) for array in (queries, points, norms)]
        near = search.nearest(*held), search.nearest_listed(*held, search.indices(listed))
        found.append((*near, search.solved(search.held(squares), search.held(squares[:, :3]))))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
