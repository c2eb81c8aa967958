"""Colours that neighbours share, and that keep their order without hue."""

from __future__ import annotations

import numpy as np
import pytest

from app.figures.colors import color_map, position_colors
from app.figures.figure import Values


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours (n, 3), by the WCAG's definition."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_the_sequential_map_is_ordered_by_lightness_alone():
    assert (np.diff(luminance(color_map("sequential"))) > 0).all()


def test_the_symmetric_map_is_lightest_in_the_middle_and_as_dark_on_either_side():
    light = luminance(color_map("symmetric", 255))
    assert (np.diff(light[:128]) > 0).all()
    assert (np.diff(light[127:]) < 0).all()
    np.testing.assert_allclose(light[:127], light[:127:-1], atol=0.13)


def test_the_ends_of_a_map_are_the_colours_written_down():
    np.testing.assert_allclose(color_map("sequential")[0] * 255, [0x44, 0x01, 0x54], atol=0.5)
    np.testing.assert_allclose(color_map("sequential")[-1] * 255, [0xFD, 0xE7, 0x25], atol=0.5)


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


def test_a_flat_shape_has_colours_too():
    assert np.isfinite(position_colors(np.zeros((4, 3)))).all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([-1, 0, 1], "symmetric"),
        ([0, 0.5, 1], "sequential"),
        ([-0.01, 0.5, 1], "sequential"),
        ([-3, -1, 1], "symmetric"),
    ],
)
def test_signed_functions_take_the_symmetric_map(values, kind):
    assert Values(np.array(values, float), "u").color_map == kind


def test_values_without_any_number_have_a_range():
    assert Values(np.full(3, np.nan), "u").limits == (0.0, 0.0)
