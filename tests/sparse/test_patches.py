"""Patches on geodesic disks: constant and linear fields, overlap, clouds."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape
from geomlearn.sparse.patches import disk_patches


@pytest.fixture(scope="module")
def plane() -> Shape:
    side = np.linspace(0, 1, 25)
    x, y = (axis.ravel() for axis in np.meshgrid(side, 0.8 * side, indexing="ij"))
    n = 25
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    below = np.stack([corner, corner + n, corner + 1], 1)
    faces = np.concatenate([below, np.stack([corner + n, corner + n + 1, corner + 1], 1)])
    return Shape(np.stack([x, y, 0 * x], 1), faces)


def test_a_linear_field_on_the_plane_is_linear_on_every_patch(plane):
    disks = disk_patches(plane, 40, radius_rel=0.15, grid=6)
    inner = np.flatnonzero((np.abs(plane.vertices[disks.centres, :2] - [0.5, 0.4]) < 0.2).all(1))
    # x is the longest axis of the plane: along the patch's first coordinate.
    patches = disks.patches(plane.vertices[:, 0])[inner]
    rest = patches - plane.vertices[disks.centres[inner], 0][:, None]
    assert np.abs(np.ptp(np.abs(rest), axis=0)).max() < 0.3 * np.abs(rest).max()
    assert np.abs(rest).max() == pytest.approx(disks.radius, rel=0.35)


def test_constants_come_back_and_uncovered_vertices_keep_their_values(plane):
    disks = disk_patches(plane, 30, radius_rel=0.08)
    values = np.full(plane.n_vertices, 3.5)
    assert disks.patches(values) == pytest.approx(3.5)
    assert disks.uncovered > 0
    assert disks.field(disks.patches(values), otherwise=values) == pytest.approx(3.5)
    assert np.count_nonzero(disks.field(disks.patches(values), otherwise=0 * values) == 0) == disks.uncovered


def test_smooth_fields_survive_the_way_there_and_back(plane):
    disks = disk_patches(plane, 200, radius_rel=0.12)
    values = np.sin(4 * plane.vertices[:, 0]) + plane.vertices[:, 1]
    back = disks.field(disks.patches(values), otherwise=values)
    assert np.linalg.norm(back - values) < 0.03 * np.linalg.norm(values)


def test_clouds_have_patches_too():
    sphere = load_shape("builtin:icosphere")
    cloud = Shape(sphere.vertices)
    disks = disk_patches(cloud, 20, radius_rel=0.15)
    assert disks.patches(np.ones(cloud.n_vertices)) == pytest.approx(1)
    with pytest.raises(SizeMismatch, match="has 3 values"):
        disks.patches(np.ones(3))
