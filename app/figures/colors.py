"""Colours by position, which carry a correspondence from shape to shape; colour-blind readers lose little."""

from __future__ import annotations

import numpy as np

_AXES = {"x": (0, 1, 2), "y": (1, 0, 2), "z": (2, 0, 1)}

# Oklab to linear sRGB (Ottosson 2020).
_TO_LMS = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)

# What has no colour of its own.
GREY = 0.72


def position_colors(points: np.ndarray, up: str = "y") -> np.ndarray:
    """Colours (n, 3) in [0, 1] that vary smoothly with the position in the bounding box.

    Height sets the lightness and the sideways axis runs from blue to yellow: both survive every common colour
    blindness. Depth runs from green to red.
    """
    box = np.ptp(points, axis=0)
    unit = 2 * (points - points.min(axis=0)) / np.where(box > 0, box, 1.0) - 1
    height, side, depth = (unit[:, axis] for axis in _AXES[up])
    return _oklab_to_rgb(np.column_stack([0.7 + 0.12 * height, 0.08 * depth, 0.13 * side]))


def fetched_colors(colors: np.ndarray, map_ab: np.ndarray) -> np.ndarray:
    """(n_a, 3) the colours of the images on B, whose colours are (n_b, 3); grey where an image is −1."""
    return np.where((map_ab < 0)[:, None], GREY, colors[map_ab])


def checker_colors(points: np.ndarray, up: str = "y", squares: int = 12) -> np.ndarray:
    """Colours (n, 3) in [0, 1] of a checkerboard in space, in which no two places look alike.

    The squares alternate in lightness, which shows stretching and tearing; the left half is blue and the right one
    orange, the front light and the back dark: a map that swaps two sides shows it everywhere, not only far from the
    middle.
    """
    box = np.ptp(points, axis=0)
    unit = (points - points.min(axis=0)) / (box.max() or 1.0)
    middle = box / (2 * (box.max() or 1.0))
    _, side, depth = _AXES[up]
    parity = np.floor(squares * unit + 1e-9).astype(int).sum(axis=1) % 2
    right, front = unit[:, side] > middle[side], unit[:, depth] > middle[depth]
    lightness = np.where(front, 0.78, 0.56) + np.where(parity, 0.09, -0.09)
    return _oklab_to_rgb(np.column_stack([lightness, np.where(right, 0.04, -0.02), np.where(right, 0.11, -0.11)]))


def _oklab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Oklab colours (n, 3) as sRGB in [0, 1], clipped to what a screen can show."""
    linear = np.clip((lab @ _TO_LMS.T) ** 3 @ _TO_RGB.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
