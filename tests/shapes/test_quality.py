"""Angles and aspect ratios of triangles solved by hand."""

import numpy as np
import pytest

from geomlearn.shapes.quality import aspect_ratios, degenerate, side_lengths, smallest_angles


@pytest.mark.parametrize("corners, angle, aspect", [
    ([[0, 0], [1, 0], [0.5, 0.75**0.5]], 60, 1),
    ([[0, 0], [1, 0], [0, 1]], 45, (2 + 2**0.5) * 2**0.5 / (2 * 3**0.5)),
    ([[0, 0], [3**0.5, 0], [0, 1]], 30, 2 * (3 + 3**0.5) / (4 * 3**0.5 * 3**0.5 / 2)),
    ([[0, 0], [1, 0], [2, 0]], 0, np.inf),
])  # fmt: skip
def test_known_triangles(corners, angle, aspect):
    points = np.column_stack([np.array(corners, float), np.zeros(3)])
    sides = side_lengths(points, np.array([[0, 1, 2]]))
    a, b, c = points
    area = np.array([np.linalg.norm(np.cross(b - a, c - a)) / 2])
    assert smallest_angles(sides, area)[0] == pytest.approx(angle, abs=1e-6)
    assert aspect_ratios(sides, area)[0] == pytest.approx(aspect)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_degenerate_does_not_depend_on_units(scale):
    points = scale * np.array([[0.0, 0, 0], [1, 0, 0], [0.3, 0, 0], [0, 1e-9, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4], [0, 1, 1]])
    assert degenerate(points, faces).tolist() == [True, False, False, True]
