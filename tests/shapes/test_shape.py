"""The shape's arrays can be shared without anybody being able to change them."""

import numpy as np
import pytest

from geomlearn.shapes.shape import Shape


def test_arrays_are_read_only_and_not_the_callers(sphere):
    points = np.array(sphere.vertices)
    shape = Shape(points, sphere.faces)
    points[0] = 9
    np.testing.assert_array_equal(shape.vertices[0], sphere.vertices[0])
    with pytest.raises(ValueError, match="read-only"):
        shape.vertices[0] = 9


def test_what_nobody_can_write_to_is_shared(sphere):
    again = sphere.replace(name="other")
    assert again.vertices is sphere.vertices
    assert again.faces is sphere.faces


def test_a_read_only_view_of_something_writable_is_copied(sphere):
    points = np.array(sphere.vertices)
    view = points[:]
    view.setflags(write=False)
    shape = Shape(view, sphere.faces)
    points[0] = 9
    np.testing.assert_array_equal(shape.vertices[0], sphere.vertices[0])
