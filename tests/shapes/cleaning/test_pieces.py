"""Welding and pieces, of meshes and clouds."""

import numpy as np

from geomlearn.shapes.cleaning.pieces import cloud_pieces, keep_largest, weld_vertices
from geomlearn.shapes.shape import Shape


def test_a_soup_becomes_the_surface_it_was(ball):
    soup = Shape(ball.vertices[ball.faces].reshape(-1, 3), np.arange(3 * ball.n_faces).reshape(-1, 3), "soup")
    done = weld_vertices(soup)
    assert done.shape.n_vertices == ball.n_vertices
    assert done.numbers["welded"] == soup.n_vertices - ball.n_vertices
    np.testing.assert_array_equal(done.follow(soup.vertices), done.shape.vertices)


def test_vertices_within_the_tolerance_are_one(ball):
    soup = ball.vertices[ball.faces].reshape(-1, 3)
    soup = soup + 1e-6 * np.random.default_rng(0).normal(size=soup.shape)
    soup = Shape(soup, np.arange(len(soup)).reshape(-1, 3))
    assert weld_vertices(soup).actions == ("Found nothing to weld.",)
    assert weld_vertices(soup, tolerance_rel=1e-4).shape.n_vertices == ball.n_vertices


def test_the_largest_pieces_stay(ball):
    n = ball.n_vertices
    both = Shape(np.vstack([ball.vertices, 2 * ball.vertices + 5]), np.vstack([ball.faces, ball.faces + n]))
    done = keep_largest(both)
    np.testing.assert_array_equal(done.source_index, np.arange(n, 2 * n))
    np.testing.assert_array_equal(done.shape.faces, ball.faces)
    assert "1 of 2 pieces, with 80 % of the area" in done.actions[0]
    assert keep_largest(both, pieces=2).shape is both


def test_pieces_of_a_cloud_are_told_by_their_spacing(ball):
    points = np.vstack([ball.vertices, ball.vertices[:100] / 2 + [4, 0, 0]])
    assert len(np.unique(cloud_pieces(points)[: ball.n_vertices])) == 1
    done = keep_largest(Shape(points))
    np.testing.assert_array_equal(done.source_index, np.arange(ball.n_vertices))
