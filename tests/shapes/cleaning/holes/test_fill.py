"""Holes are closed by patches that continue the surface, turned as it is; what is old stays where it was."""

import numpy as np
import pytest

from geomlearn.core.errors import MeshError
from geomlearn.shapes.checks import check
from geomlearn.shapes.cleaning.holes.fairing import fair
from geomlearn.shapes.cleaning.holes.fill import border_loops, fill
from geomlearn.shapes.cleaning.holes.triangulation import triangulate_loop
from geomlearn.shapes.shape import Shape


def test_a_cap_is_put_back_nearly_where_it_was(holed):
    done = fill(holed)
    new = done.source_index == -1
    radii = np.linalg.norm(done.shape.vertices, axis=1)
    assert check(done.shape).findings == ()  # closed, oriented alike, outwards
    assert new.sum() > 10
    # A flat patch would lie at 0.8; without bending nothing of it would come above.
    assert radii[new].min() > 0.9
    np.testing.assert_array_equal(done.shape.vertices[~new], holed.vertices)
    np.testing.assert_array_equal(done.shape.faces[: holed.n_faces], holed.faces)
    assert done.numbers == {"holes_filled": 1, "holes_left": 0}


def test_a_linear_field_stays_within_its_bounds_on_the_patch(holed):
    done = fill(holed)
    x = holed.vertices[:, 0]
    followed = done.follow(x)
    np.testing.assert_array_equal(followed[: len(x)], x)
    assert np.abs(followed[len(x) :]).max() <= np.abs(x).max()
    np.testing.assert_allclose(np.asarray(done.weights.sum(axis=1)).ravel(), 1)
    assert done.shape.colors.shape == done.shape.vertices.shape


def test_long_borders_are_left_and_said(holed):
    done = fill(holed, most_edges=5)
    assert done.shape is holed
    assert done.actions == ("Filled no hole; 1 border is left open.",)


def test_a_ring_runs_along_the_faces_that_close_it(holed):
    (loop,), tangled = border_loops(holed)
    sides = {tuple(side) for face in holed.faces for side in (face[[0, 1]], face[[1, 2]], face[[2, 0]])}
    assert tangled == 0
    assert all((b, a) in sides for a, b in zip(loop, np.roll(loop, -1), strict=True))


def test_the_triangulation_of_a_bent_quad_is_the_one_of_least_area():
    corners = np.array([[0.0, 0, 0], [2, 0, 1], [4, 0, 0], [2, 1, 0]])
    faces = triangulate_loop(corners, np.arange(4), np.array([-1]))
    areas = [np.linalg.norm(np.cross(corners[b] - corners[a], corners[c] - corners[a])) / 2 for a, b, c in faces]
    other = [[0, 1, 2], [0, 2, 3]]
    rival = [np.linalg.norm(np.cross(corners[b] - corners[a], corners[c] - corners[a])) / 2 for a, b, c in other]
    assert sum(areas) < sum(rival)


def test_a_polygon_in_the_plane_is_covered_once():
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    ring = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1) * (1 + 0.4 * (np.arange(12) % 2))[:, None]
    faces = triangulate_loop(ring, np.arange(12), np.array([-1]))
    crossed = np.cross(ring[faces[:, 1]] - ring[faces[:, 0]], ring[faces[:, 2]] - ring[faces[:, 0]])[:, 2]
    x, y = ring[:, 0], ring[:, 1]
    assert crossed.sum() == pytest.approx((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())
    assert (crossed > -1e-12).all()


def test_an_edge_that_exists_is_never_used_again():
    quad = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert {0, 2} <= set(triangulate_loop(quad, np.arange(4), np.array([1 * 4 + 3]))[0].tolist())
    assert triangulate_loop(quad, np.arange(4), np.array([0 * 4 + 2, 1 * 4 + 3])) is None


def test_a_flat_patch_of_a_flat_surface_stays_flat(ball):
    vertices, faces = np.array(ball.vertices), np.array(ball.faces)
    vertices[:, 2] = 0
    new = np.array([5, 17])
    np.testing.assert_allclose(fair(vertices, faces, new)[:, 2], 0, atol=1e-12)


def test_a_cloud_has_no_holes(scan):
    with pytest.raises(MeshError, match="point cloud"):
        fill(scan)


def test_two_holes_that_touch_do_not_end_in_a_wrong_surface(ball):
    at = int(ball.faces[0, 0])
    around = np.flatnonzero((ball.faces == at).any(axis=1))
    opened = Shape(ball.vertices, np.delete(ball.faces, around[[0, 3]] if len(around) > 5 else around[[0, 2]], axis=0))
    done = fill(opened)
    assert np.bincount(np.unique(done.shape.faces.ravel())).max() == 1
    sides = np.sort(done.shape.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert np.unique(sides, axis=0, return_counts=True)[1].max() <= 2
