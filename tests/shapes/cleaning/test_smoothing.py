"""Noise goes, size stays."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.cleaning.smoothing import smooth
from geomlearn.shapes.shape import Shape


def noisy(shape: Shape) -> Shape:
    random = np.random.default_rng(0)
    return shape.replace(vertices=shape.vertices * (1 + 0.03 * random.normal(size=(shape.n_vertices, 1))))


def volume(shape: Shape) -> float:
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


def test_noise_falls_to_less_than_a_half_and_the_volume_stays(ball):
    rough = noisy(ball)
    done = smooth(rough, detail_rel=0.2)
    radii = np.linalg.norm(done.shape.vertices, axis=1)
    assert radii.std() < 0.5 * np.linalg.norm(rough.vertices, axis=1).std()
    assert volume(done.shape) == pytest.approx(volume(rough), rel=1e-6)
    np.testing.assert_array_equal(done.source_index, np.arange(ball.n_vertices))
    assert done.numbers["moved_mean"] > 0


def test_large_form_is_left_alone_where_one_step_of_the_flow_would_shrink_it(ball):
    stretched = ball.replace(vertices=ball.vertices * [3, 1, 1])
    after = smooth(stretched, detail_rel=0.05).shape
    np.testing.assert_allclose(np.ptp(after.vertices, axis=0), np.ptp(stretched.vertices, axis=0), rtol=5e-3)


def test_borders_stay(holed):
    rough = noisy(holed)
    after = smooth(rough, detail_rel=0.2).shape
    border = np.isclose(after.vertices, rough.vertices).all(axis=1)
    assert 10 < border.sum() < 0.2 * holed.n_vertices


def test_the_result_turns_and_scales_with_the_shape(ball):
    rough = noisy(ball)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = smooth(rough.replace(vertices=100 * rough.vertices @ turn + 5), detail_rel=0.1).shape.vertices
    np.testing.assert_allclose(moved, 100 * smooth(rough, detail_rel=0.1).shape.vertices @ turn + 5, atol=0.1)


def test_a_cloud_is_smoothed_too(scan, strays):
    body = Shape(scan.vertices[~strays])
    after = smooth(body, detail_rel=0.2).shape.vertices
    assert np.linalg.norm(after, axis=1).std() < 0.7 * np.linalg.norm(body.vertices, axis=1).std()


@pytest.mark.parametrize("detail", [0, -1, 0.6])
def test_other_details_are_refused(ball, detail):
    with pytest.raises(ParameterError, match="detail_rel"):
        smooth(ball, detail_rel=detail)
