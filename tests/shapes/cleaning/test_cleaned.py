"""Fields, labels and colours follow; several steps are one."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.shape import Shape


def chosen(ball, index):
    return Cleaned.chosen(ball, np.array(index), np.zeros((0, 3), np.int64), "took")


def test_old_vertices_keep_their_values_whatever_their_neighbours_hold(ball):
    values = np.full(ball.n_vertices, np.nan)
    values[3] = 7.5
    assert chosen(ball, [3]).follow(values) == [7.5]


def test_new_vertices_interpolate_floats_and_take_labels_whole(ball):
    a, b, c = ball.vertices[ball.faces[0]]
    done = Cleaned.anew(ball, np.array([0.6 * a + 0.3 * b + 0.1 * c, a]), np.zeros((0, 3), np.int64))
    np.testing.assert_array_equal(done.source_index, [-1, ball.faces[0, 0]])
    np.testing.assert_allclose(done.follow(np.array(ball.vertices)), done.shape.vertices, atol=1e-12)
    assert done.follow(np.arange(ball.n_vertices))[0] == ball.faces[0, 0]
    np.testing.assert_allclose(done.shape.colors, done.shape.vertices / 2 + 0.5, atol=1e-12)


def test_two_steps_are_one(ball):
    (first,) = (chosen(ball, [5, 9, 2, 40]),)
    both = first.then(chosen(first.shape, [3, 1]))
    np.testing.assert_array_equal(both.source_index, [40, 9])
    np.testing.assert_array_equal(both.follow(np.arange(ball.n_vertices)), [40, 9])
    assert both.actions == ("took", "took")


def test_what_is_new_once_stays_new(ball):
    middle = ball.vertices[ball.faces[0]].mean(axis=0)
    new = Cleaned.anew(ball, np.array([middle, ball.vertices[4]]), np.zeros((0, 3), np.int64))
    np.testing.assert_array_equal(new.then(chosen(new.shape, [1, 0])).source_index, [4, -1])


def test_columns_follow_column_by_column(ball):
    tensors = np.random.default_rng(0).normal(size=(ball.n_vertices, 2, 3))
    assert chosen(ball, [1, 2]).follow(tensors).shape == (2, 2, 3)


def test_values_of_another_shape_are_refused(ball):
    with pytest.raises(SizeMismatch, match="642 vertices"):
        chosen(ball, [1]).follow(np.zeros(5))


def test_counts_are_said_in_words():
    assert (many(1, "hole"), many(2000, "vertex", "vertices")) == ("1 hole", "2,000 vertices")
    assert Cleaned.nothing(Shape(np.eye(3))).actions == ()
