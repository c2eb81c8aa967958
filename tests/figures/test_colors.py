"""Colours that neighbours share, and the choice of a colour map."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.figures.colors import GREY, fetched_colors, position_colors
from geomlearn.app.figures.figure import Values


def test_position_colours_are_smooth_distinct_and_do_not_depend_on_the_unit():
    points = np.stack(np.meshgrid(*3 * [np.linspace(-1, 1, 9)], indexing="ij"), axis=-1).reshape(-1, 3)
    colors = position_colors(points)
    assert colors.min() >= 0
    assert colors.max() <= 1
    np.testing.assert_allclose(position_colors(1000 * points + 5), colors, atol=1e-9)
    grid = colors.reshape(9, 9, 9, 3)
    for axis in range(3):
        assert np.abs(np.diff(grid, axis=axis)).max() < 0.25
    corners = grid[::8, ::8, ::8].reshape(8, 3)
    apart = np.linalg.norm(corners[:, None] - corners[None], axis=2) + 9 * np.eye(8)
    assert apart.min() > 0.1


def test_what_has_no_partner_is_grey():
    colors = np.eye(3)
    fetched = fetched_colors(colors, np.array([2, -1, 0]))
    np.testing.assert_array_equal(fetched, [colors[2], [GREY] * 3, colors[0]])


def test_a_flat_shape_has_colours_too():
    assert np.isfinite(position_colors(np.zeros((4, 3)))).all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([-1, 0, 1], "balance"),
        ([0, 0.5, 1], "ember"),
        ([-0.01, 0.5, 1], "viridis"),
        ([-3, -1, 1], "balance"),
    ],
)
def test_the_values_choose_their_colour_map(values, kind):
    assert Values(np.array(values, float), "u").color_map == kind


def test_values_without_any_number_have_a_range():
    assert Values(np.full(3, np.nan), "u").limits == (0.0, 0.0)
