"""Forecasts by the short API."""

import numpy as np
import pytest

import geomlearn as gl
from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.series import FieldSeries


def test_a_solved_field_is_continued_on_its_shape():
    u = gl.solve("heat", "builtin:sphere@500", vertex=3, duration=0.3, time_step=0.01)
    later = gl.forecast(u, 4, method="dmd", time_limit=1000)
    assert later.shape is u.shape
    assert later.values.shape == (4, u.n_vertices)
    assert later.times[0] == pytest.approx(u.times[-1] + 0.01)
    assert later.stats["method"] == "dmd"


def test_an_array_lies_on_a_grid_or_on_the_shape_given():
    course = 0.9 ** np.arange(12.0)
    on_grid = gl.forecast(course[:, None, None] * np.ones((8, 8)), 3, method="dmd", time_limit=1000)
    np.testing.assert_allclose(on_grid.value[:, 0, 0], 0.9 ** np.arange(12, 15), rtol=1e-6)
    sphere = gl.read("builtin:sphere@500")
    on_shape = gl.forecast(course[:, None] * sphere.vertices[:, 0], 3, sphere, method="dmd", time_limit=1000)
    np.testing.assert_allclose(on_shape.values[-1], 0.9**14 * sphere.vertices[:, 0], atol=1e-6)
    with pytest.raises(ParameterError, match="which shape"):
        gl.forecast(FieldSeries(np.arange(12), np.ones((12, 5))), 3)
