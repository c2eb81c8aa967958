"""What is followed while the basis grows."""

import numpy as np

from geomlearn.matching.zoomout.sides import neighbourhoods


def test_neighbourhoods_begin_with_the_point_itself_and_are_no_larger_than_the_shape():
    points = np.random.default_rng(0).standard_normal((30, 3))
    near = neighbourhoods(points)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.testing.assert_array_equal(near, np.argsort(gaps, axis=1)[:, :19])
    assert neighbourhoods(points[:4]).shape == (4, 4)
