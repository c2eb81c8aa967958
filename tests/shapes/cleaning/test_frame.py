"""Units and axes."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.cleaning.frame import AXES, factor_of, rescale, rotation_to_z, turn_up


@pytest.mark.parametrize(("scale", "factor"), [("mm:m", 1e-3), ("in:cm", 2.54), ("2.5", 2.5), ("km:mm", 1e6)])
def test_units(scale, factor):
    assert factor_of(scale) == pytest.approx(factor)


def test_the_diagonal_becomes_one(ball):
    assert rescale(ball, scale="unit").shape.diagonal == pytest.approx(1)


@pytest.mark.parametrize("scale", ["", "mm", "mm:elbow", "0", "-1", "nan", "1e99"])
def test_other_scales_are_refused(scale):
    with pytest.raises(ParameterError, match="not known"):
        factor_of(scale)


@pytest.mark.parametrize("axis", AXES)
def test_the_axis_becomes_z_by_a_rotation(axis, ball):
    turn = rotation_to_z(axis)
    up = np.zeros(3)
    up["xyz".index(axis[-1])] = -1 if axis[0] == "-" else 1
    np.testing.assert_array_equal(turn @ up, [0, 0, 1])
    np.testing.assert_array_equal(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    done = turn_up(ball.replace(normals=ball.vertices), up=axis).shape
    np.testing.assert_allclose(done.normals, done.vertices)


def test_no_axis_is_refused():
    with pytest.raises(ParameterError, match="no axis"):
        rotation_to_z("w")
