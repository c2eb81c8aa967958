"""Far from the origin: squares of coordinates lose their digits there, so registration works about the middle."""

import numpy as np
import pytest

from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.registration import _near_the_origin
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.shapes.conftest import icosphere


@pytest.mark.parametrize("offset, apart", [(0.0, 0.5), (1e7, 0.5), (1e7, 1e5)])
def test_both_shapes_are_moved_to_the_origin_together(offset, apart):
    ball = icosphere(2)
    basis = eigenbasis(ball, EigenbasisOptions(k=5))
    a, b = (Prepared(ball.replace(vertices=ball.vertices + shift), basis, 9) for shift in (offset, offset + apart))
    moved = _near_the_origin(a, b)
    for side in moved:
        assert np.abs(side.shape.vertices).max() < 3
    between = (moved[1].shape.vertices - moved[0].shape.vertices).mean(axis=0)
    # Where they lie near each other, where one lies on the other is kept.
    np.testing.assert_allclose(between, apart if apart < 1 else 0.0, atol=1e-6)
    assert np.abs(a.shape.vertices).max() >= offset  # those given are untouched
