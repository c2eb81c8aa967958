"""Sets of vertices can be typed, brushed, grown and inverted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.app.model.selection import ball, format_indices, grown, inverted, parse_indices, write_selection
from geomlearn.core.errors import GeomError, ParameterError
from tests.model.scenes import octahedron


def test_ranges_hold_both_ends_and_run_either_way():
    assert parse_indices("3, 10-12 20:18;3", 30) == (3, 10, 11, 12, 18, 19, 20)
    assert parse_indices("1 - 3", 30) == (1, 2, 3)
    assert parse_indices("", 5) == ()


@given(st.sets(st.integers(0, 99)).map(lambda chosen: tuple(sorted(chosen))))
def test_what_is_written_is_read_back(indices):
    assert parse_indices(format_indices(indices), 100) == indices


@pytest.mark.parametrize("text", ["a", "1--3", "6", "2-6", "1.5", "-1"])
def test_a_bad_index_is_a_sentence(text):
    with pytest.raises(ParameterError):
        parse_indices(text, 6)


def test_the_brush_takes_what_lies_within_its_radius():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    assert ball(points, points[0], 1.0) == (0, 1)


def test_growing_adds_neighbours_and_inverting_the_rest():
    shape = octahedron()
    assert grown(shape, (0,)) == (0, 2, 3, 4, 5), "all but the opposite corner"
    assert inverted(shape, grown(shape, (0,))) == (1,)
    assert grown(shape.replace(faces=np.zeros((0, 3), int)), (0,)) == (0,)


@pytest.mark.parametrize("suffix", [".txt", ".npy", ".npz"])
def test_a_selection_is_written_counted_from_zero_and_never_over_another_file(tmp_path, suffix):
    path = write_selection(tmp_path / f"head{suffix}", (0, 3, 5), 6)
    if suffix == ".npz":
        found = np.load(path)["indices"]
    else:
        found = np.load(path) if suffix == ".npy" else np.loadtxt(path, dtype=int)
    assert found.tolist() == [0, 3, 5]
    with pytest.raises(GeomError, match="exists already"):
        write_selection(path, (1,), 6)
