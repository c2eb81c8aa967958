"""Round lengths for scale bars and ticks, and the edges of a box along which axes are drawn."""

from __future__ import annotations

from itertools import product
from math import floor, log10

import numpy as np

NICE = (1.0, 2.0, 5.0)


def round_below(length: float) -> float:
    """The greatest of 1, 2, 5 times a power of ten that is not above a positive length."""
    power = 10.0 ** floor(log10(length))
    return max(step * power for step in NICE if step * power <= length * (1 + 1e-9))


def ticks(low: float, high: float, most: int = 6) -> np.ndarray:
    """At most `most` + 1 round numbers from `low` to `high`; none where they are equal."""
    if not high > low:
        return np.zeros(0)
    wanted = (high - low) / most
    power = 10.0 ** floor(log10(wanted))
    step = next(one * power for one in (*NICE, 10.0) if one * power >= wanted * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return np.round(np.arange(first, last + 1) * step, 12 - floor(log10(step)))


def box_edges(low: np.ndarray, high: np.ndarray, axis: int) -> np.ndarray:
    """(4, 2, 3) the edges of a box along one axis, each from its lower to its upper end."""
    edges = np.empty((4, 2, 3))
    others = [other for other in range(3) if other != axis]
    for edge, sides in zip(edges, product((0, 1), repeat=2), strict=True):
        edge[0, axis], edge[1, axis] = low[axis], high[axis]
        for other, side in zip(others, sides, strict=True):
            edge[:, other] = (low, high)[side][other]
    return edges


def outermost(edges: np.ndarray, corners: np.ndarray, wanted: np.ndarray) -> int:
    """Which of the edges (4, 2, 2) of a box, in pixels, is of its outline and furthest in the direction wanted (2,).

    Parameters
    ----------
    corners   (c, 2) of the box, in pixels: an edge is of the outline when all of them lie on one side of it.
    """
    along = edges[:, 1] - edges[:, 0]
    offset = corners[None] - edges[:, :1]
    side = along[:, None, 0] * offset[..., 1] - along[:, None, 1] * offset[..., 0]
    slack = 1e-6 * np.abs(side).max(initial=1.0)
    outline = (side > -slack).all(axis=1) | (side < slack).all(axis=1)
    reach = (edges.mean(axis=1) - corners.mean(axis=0)) @ wanted
    return int(np.argmax(np.where(outline | ~outline.any(), reach, -np.inf)))
