"""Arrows and tubes: closed, turned outwards, where and as long as they should be."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.drawn.glyphs import HEAD_WIDTH, arrows, spread_indices, tubes


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def test_an_arrow_ends_where_its_vector_does_and_its_outside_is_outside():
    rng = np.random.default_rng(0)
    starts, vectors = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    vertices, faces, owner = arrows(starts, vectors, 0.02)
    for one in range(5):
        own = vertices[owner == one]
        along = (own - starts[one]) @ vectors[one] / (vectors[one] @ vectors[one])
        across = np.linalg.norm(own - starts[one] - along[:, None] * vectors[one], axis=1)
        assert np.isclose(along.min(), 0) and np.isclose(along.max(), 1)
        assert np.isclose(across.max(), HEAD_WIDTH * 0.02)
        assert volume(vertices, faces[(owner == one)[faces[:, 0]]]) > 0


def test_a_tube_of_many_sides_has_nearly_the_volume_of_a_cylinder():
    vertices, faces, owner = tubes(np.array([[0.0, 0, 0], [3, 0, 0], [3, 4, 0]]), np.array([[0, 1], [1, 2]]), 0.1)
    # An octagon has 0.9003 of its circle's area.
    assert np.isclose(volume(vertices, faces), 0.9003 * np.pi * 0.01 * 7, rtol=1e-3)
    assert owner.max() == 1


def test_a_vector_of_no_length_makes_no_arrow():
    vertices = arrows(np.zeros((1, 3)), np.zeros((1, 3)), 0.1)[0]
    assert np.isfinite(vertices).all() and np.ptp(vertices, axis=0).max() == 0


def test_chosen_points_are_no_more_than_asked_for_and_lie_everywhere():
    points = np.random.default_rng(0).uniform(size=(20_000, 3))
    chosen = spread_indices(points, 300)
    assert 200 < len(chosen) <= 300 and (np.diff(chosen) > 0).all()
    octants = np.unique((points[chosen] > 0.5) @ [1, 2, 4], return_counts=True)[1]
    assert len(octants) == 8 and octants.min() > 15
    assert spread_indices(points[:10], 300).tolist() == list(range(10))
