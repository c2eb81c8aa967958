"""The outer faces of solid cells: those that belong to one cell only."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.triangulate import Polygons


def outside_of(solid: list[tuple[Polygons, Polygons]]) -> Polygons:
    """The faces that belong to one cell only, told by their corners; corners that fall together count once."""
    rings = Polygons.joined([ring for ring, _ in solid])
    corners = Polygons.joined([corner for _, corner in solid])
    if rings.n == 0:
        return Polygons.none()
    widest = int(corners.counts.max())
    table = np.full((rings.n, widest), -1, np.int64)
    table[np.repeat(np.arange(rings.n), corners.counts), _places(corners)] = corners.corners
    table.sort(axis=1)
    again = np.zeros(table.shape, bool)
    again[:, 1:] = (table[:, 1:] == table[:, :-1]) & (table[:, 1:] >= 0)
    if again.any():
        table[again] = -1
        table.sort(axis=1)
    _, first, counts = np.unique(table, axis=0, return_index=True, return_counts=True)
    once = np.zeros(rings.n, bool)
    once[first[counts == 1]] = True
    # What has fallen into a line bounds nothing.
    kept = rings.keep(once & ((table >= 0).sum(axis=1) > 2))
    return _without_repeats(kept) if again.any() else kept


def _without_repeats(polygons: Polygons) -> Polygons:
    """Polygons without corners equal to the one before them."""
    before = np.arange(len(polygons.corners)) - 1
    before[polygons.starts] = polygons.starts + polygons.counts - 1
    new = polygons.corners != polygons.corners[before]
    return Polygons(polygons.corners[new], np.add.reduceat(new, polygons.starts, dtype=np.int64))


def _places(polygons: Polygons) -> np.ndarray:
    """(c,) the place of each corner in its polygon."""
    return np.arange(len(polygons.corners)) - np.repeat(polygons.starts, polygons.counts)
