"""Welding, against a dictionary of rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.shapes.welding import weld


@given(st.lists(st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, 0.1 + 0.2, 0.3])] * 3), max_size=40))
def test_equal_rows_become_the_first_of_them(rows):
    points = np.array(rows, float).reshape(-1, 3)
    origin, index = weld(points)
    first: dict[tuple, int] = {}
    for i, row in enumerate(rows):
        first.setdefault(tuple(x + 0.0 for x in row), i)
    assert origin.tolist() == sorted(first.values())
    np.testing.assert_array_equal(points[origin][index], points)


def test_single_precision_is_welded_as_double():
    points = np.random.default_rng(0).integers(-2, 3, (300, 3)).astype(np.float32) / 3
    for ours, theirs in zip(weld(points), weld(points.astype(float)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_tolerance_merges_what_is_near_and_nothing_else():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [1e-9, 0, 0], [1 + 1e-3, 0, 0]])
    origin, index = weld(points, 1e-6)
    assert origin.tolist() == [0, 1, 3]
    assert index.tolist() == [0, 1, 0, 2]
    assert len(weld(points)[0]) == 4


def test_colliding_hashes_are_told_apart(monkeypatch):
    """With a hash that says the same of all rows the slow way must give the same answer."""
    import geomlearn.shapes.welding as module

    points = np.random.default_rng(0).integers(0, 3, (200, 3)).astype(float)
    expected = weld(points)
    monkeypatch.setattr(module, "_hashes", lambda columns: np.zeros(columns.shape[1], np.uint64))
    for ours, theirs in zip(weld(points), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
