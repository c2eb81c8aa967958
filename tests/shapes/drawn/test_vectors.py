"""Vectors and curves: what they stand on, and what is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from tests.model.scenes import octahedron


def test_their_number_says_what_vectors_stand_on():
    shape = octahedron()
    assert Vectors(np.ones((6, 3))).place(shape) == "vertices"
    assert Vectors(np.ones((8, 3))).place(shape) == "faces"
    for vectors, words in (
        (Vectors(np.ones((7, 3))), "u has 7 vectors, and octa has 6 vertices and 8 faces"),
        (Vectors(np.ones((6, 3)), on="faces"), "u has 6 vectors, and octa has 8 faces"),
    ):
        with pytest.raises(SizeMismatch, match=words):
            vectors.place(shape, "u")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones(3), "have the shape"),
        (np.ones((2, 2)), "have the shape"),
        (np.full((2, 3), np.nan), "not finite"),
        (np.full((2, 3), np.inf), "not finite"),
        ("up", "no numbers"),
    ],
)
def test_what_are_no_vectors_is_refused(values, words):
    with pytest.raises(ParameterError, match=words):
        Vectors(values)


def test_a_curve_runs_from_point_to_point_and_several_stay_apart():
    path = np.arange(12.0).reshape(4, 3)
    assert Curves(path).edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert Curves.of([path, path[:2]]).edges.tolist() == [[0, 1], [1, 2], [2, 3], [4, 5]]
    assert Curves(path, [[0, 3]]).edges.tolist() == [[0, 3]]
    for bad in (lambda: Curves(path, [[0, 4]]), lambda: Curves(path[:1]), lambda: Curves(path * np.nan)):
        with pytest.raises(ParameterError):
            bad()
