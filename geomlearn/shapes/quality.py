"""The shape of triangles: smallest angles and aspect ratios."""

from __future__ import annotations

import numpy as np


def side_lengths(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m, 3) lengths; column i is the side opposite corner i."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return np.stack([np.sqrt(np.einsum("ij,ij->i", side, side)) for side in (c - b, a - c, b - a)], axis=1)


def smallest_angles(sides: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(m,) smallest angle of each triangle in degrees; 0 where it is degenerate.

    Parameters
    ----------
    sides  (m, 3) lengths.
    areas  (m,)
    """
    ordered = np.sort(sides, axis=1)
    # The smallest angle lies opposite the shortest side: its sine by the area, its cosine by the law of cosines.
    around = ordered[:, 1] ** 2 + ordered[:, 2] ** 2 - ordered[:, 0] ** 2
    return np.degrees(np.arctan2(4 * areas, around))


def aspect_ratios(sides: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(m,) longest side times half the perimeter over 2 √3 area: 1 when equilateral, infinite when degenerate.

    Source   the ratio of longest edge to inradius, normalised; Knupp et al., The Verdict library, 2007, "aspect ratio".
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sides.max(axis=1) * sides.sum(axis=1) / (4 * np.sqrt(3) * areas)
    return np.where(areas > 0, ratio, np.inf)


def degenerate(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m,) whether a face has two equal corners, or an area that vanishes beside its longest side squared."""
    repeated = (faces == faces[:, [2, 0, 1]]).any(axis=1)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    doubled = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    longest = side_lengths(vertices, faces).max(axis=1, initial=0.0)
    # Rounding alone gives a flat triangle an area of this order.
    return repeated | (doubled <= 1e-14 * longest**2)
