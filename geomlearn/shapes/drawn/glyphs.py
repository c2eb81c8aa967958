"""Arrows and tubes as triangles, so that whatever draws a mesh draws them alike."""

from __future__ import annotations

import numpy as np

SIDES = 8
"""Corners of the circle round an arrow or a tube."""
HEAD = 0.42
"""Of an arrow, the part that is its head …"""
HEAD_WIDTH = 2.6
"""… and its width, in widths of the shaft."""


def arrows(starts: np.ndarray, vectors: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrows from `starts` (k, 3) along `vectors` (k, 3), shafts of `radius`; a short arrow is thinner as a whole.

    Returns
    -------
    vertices (v, 3), faces (f, 3), and for each vertex the arrow it belongs to (v,).
    """
    length = np.linalg.norm(vectors, axis=1)
    # An arrow shorter than its head is wide keeps the looks of an arrow.
    thin = np.minimum(radius, 0.16 * length)
    rings = ((0.0, 0.0), (0.0, 1.0), (1 - HEAD, 1.0), (1 - HEAD, HEAD_WIDTH), (1.0, 0.0))
    return _turned(starts, starts + vectors, thin, rings)


def tubes(points: np.ndarray, edges: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tubes along `edges` (e, 2) between `points` (p, 3); returns what `arrows` does, by edge."""
    rings = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0))
    return _turned(points[edges[:, 0]], points[edges[:, 1]], np.full(len(edges), radius), rings)


def spread_indices(points: np.ndarray, most: int) -> np.ndarray:
    """At most `most` indices of `points` (n, 3), ascending and evenly spread: the first one in each cube of a grid."""
    if len(points) <= most:
        return np.arange(len(points))
    low, box = points.min(axis=0), float(np.ptp(points, axis=0).max()) or 1.0
    fine, coarse = 0.0, 1.0
    kept = np.zeros(1, int)
    for _ in range(14):
        middle = (fine + coarse) / 2
        cells = np.floor((points - low) / (box * middle)).astype(np.int64)
        _, first = np.unique(cells @ np.array([1, 1 << 20, 1 << 40]), return_index=True)
        if len(first) > most:
            fine = middle
        else:
            kept, coarse = np.sort(first), middle
    return kept


def _turned(
    starts: np.ndarray, ends: np.ndarray, radii: np.ndarray, rings: tuple[tuple[float, float], ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A profile of (place along the axis, radius) turned round each axis from `starts` to `ends`."""
    axis = ends - starts
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    along = axis / np.where(length > 0, length, 1.0)
    # Across from the coordinate axis that the direction has least of.
    other = np.eye(3)[np.abs(along).argmin(axis=1)]
    side = np.cross(along, other)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-300)
    over = np.cross(along, side)
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    circle = np.cos(angle)[:, None] * side[:, None] + np.sin(angle)[:, None] * over[:, None]
    layers = [starts[:, None] + t * axis[:, None] + r * radii[:, None, None] * circle for t, r in rings]
    vertices = np.stack(layers, axis=1)
    k, per = len(starts), len(rings) * SIDES
    corner, nxt = np.arange(SIDES), (np.arange(SIDES) + 1) % SIDES
    lower = np.stack([corner, nxt, nxt + SIDES], axis=1)
    upper = np.stack([corner, nxt + SIDES, corner + SIDES], axis=1)
    # Where a ring is a single point, half of the triangles have no area, and no normal.
    halves = [
        half + SIDES * ring
        for ring in range(len(rings) - 1)
        for half, width in ((lower, rings[ring][1]), (upper, rings[ring + 1][1]))
        if width > 0
    ]
    one = np.concatenate(halves)
    faces = (one + per * np.arange(k)[:, None, None]).reshape(-1, 3)
    return vertices.reshape(-1, 3), faces, np.repeat(np.arange(k), per)
