"""Counts are met, forms are kept, fields follow."""

import numpy as np
import pytest

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.cleaning.resampling import decimate, remesh, subsample
from geomlearn.shapes.shape import Shape


def test_decimation_keeps_the_form(ball):
    pytest.importorskip("fast_simplification")
    done = decimate(ball, n_faces=300)
    assert abs(done.shape.n_faces - 300) <= 2
    assert done.shape.area == pytest.approx(ball.area, rel=0.05)
    followed = done.follow(np.array(ball.vertices))
    assert np.linalg.norm(followed - done.shape.vertices, axis=1).max() < 0.05
    assert done.numbers["faces_after"] == done.shape.n_faces


def test_remeshing_spreads_the_vertices(ball):
    pytest.importorskip("pyacvd")
    uneven = ball.replace(vertices=ball.vertices * [3, 1, 1])
    done = remesh(uneven, n_vertices=400)
    assert done.shape.n_vertices == pytest.approx(400, rel=0.05)
    spread = [one.face_areas.std() / one.face_areas.mean() for one in (uneven, done.shape)]
    assert spread[1] < spread[0]


def test_nothing_to_leave_out_is_said(ball, scan):
    assert decimate(ball, n_faces=5000).shape is ball
    assert subsample(scan, n_points=10**6).shape is scan


def test_points_kept_are_points_of_the_cloud_and_well_spread(scan):
    done = subsample(scan, n_points=200)
    assert done.shape.n_vertices == 200
    np.testing.assert_array_equal(done.shape.vertices, scan.vertices[done.source_index])
    from scipy.spatial import cKDTree

    chance = scan.vertices[np.random.default_rng(0).choice(scan.n_vertices, 200, replace=False)]
    nearest = [cKDTree(points).query(points, k=2)[0][:, 1].min() for points in (done.shape.vertices, chance)]
    assert nearest[0] > 2 * nearest[1]


@pytest.mark.parametrize("library", [True, False])
def test_large_clouds_meet_the_number_with_and_without_the_library(library, monkeypatch):
    if library:
        pytest.importorskip("point_cloud_utils")
    else:
        monkeypatch.setattr("geomlearn.shapes.cleaning.resampling.present", lambda step: False)
    cloud = Shape(np.random.default_rng(0).uniform(size=(20_500, 3)))
    assert subsample(cloud, n_points=50).shape.n_vertices == 50


def test_what_has_no_meaning_is_refused(ball, scan):
    for step in (lambda: decimate(scan, n_faces=5), lambda: remesh(scan, n_vertices=5)):
        with pytest.raises(MeshError, match="point cloud"):
            step()
    with pytest.raises(MeshError, match="has faces"):
        subsample(ball, n_points=5)
    with pytest.raises(ParameterError, match="0 points"):
        subsample(scan, n_points=0)
