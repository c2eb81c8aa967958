"""A surface through points, without what no point supports."""

import numpy as np
import pytest

from geomlearn.core.errors import MeshError
from geomlearn.shapes.cleaning.reconstruction import reconstruct
from geomlearn.shapes.shape import Shape


def test_a_sphere_comes_back(ball, holed):
    pytest.importorskip("gpytoolbox")
    cloud = ball.replace(faces=np.zeros((0, 3), int))
    done = reconstruct(cloud, depth=4)
    radii = np.linalg.norm(done.shape.vertices, axis=1)
    assert abs(radii - 1).max() < 0.05
    assert done.numbers["trimmed_share"] == 0
    assert (done.source_index == -1).mean() > 0.9
    assert done.shape.colors is not None


def test_what_no_point_supports_is_cut_off_and_said(ball):
    pytest.importorskip("gpytoolbox")
    half = Shape(ball.vertices[ball.vertices[:, 2] > 0], normals=ball.vertices[ball.vertices[:, 2] > 0])
    done = reconstruct(half, depth=5)
    whole = reconstruct(half, depth=5, trim=0)
    assert done.numbers["trimmed_share"] > 0.1
    assert f"{100 * done.numbers['trimmed_share']:.3g} %" in done.actions[-1]
    assert done.shape.vertices[:, 2].min() > whole.shape.vertices[:, 2].min()


def test_a_surface_is_refused(ball):
    with pytest.raises(MeshError, match="surface already"):
        reconstruct(ball)
