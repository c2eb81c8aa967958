"""Cells as VTK has kept them since version 5: all corners in one array, and where each cell begins in it."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.triangulate import Polygons

_PIECE = 1 << 15


def cells_from_offsets(corners: np.ndarray, offsets: np.ndarray, source: Source) -> Polygons:
    """Polygons from where each begins, with the end of the last one as the last offset."""
    if len(offsets) and offsets[0] != 0:
        raise _contradiction(source)
    return cells_from_ends(corners, offsets[1:], source)


def cells_from_ends(corners: np.ndarray, ends: np.ndarray, source: Source) -> Polygons:
    """Polygons from where each ends, the first of which begins at 0."""
    if len(ends) == 0:
        return Polygons.none()
    size = int(ends[0])
    if 0 < size * len(ends) == ends[-1] <= len(corners) and _is_even(ends, size):
        return Polygons.uniform(corners[: ends[-1]].reshape(-1, size))
    # Compared, not subtracted: differences of damaged offsets overflow, to anything.
    if ends[0] < 0 or ends[-1] > len(corners) or (ends[1:] < ends[:-1]).any():
        raise _contradiction(source)
    return Polygons(corners[: ends[-1]], np.diff(ends, prepend=0))


def _is_even(ends: np.ndarray, size: int) -> bool:
    """Whether all cells have this size."""
    # In pieces that stay in the processor's cache.
    pieces = (ends[start : start + _PIECE + 1] for start in range(0, len(ends), _PIECE))
    return all((piece[1:] - piece[:-1] == size).all() for piece in pieces)


def _contradiction(source: Source) -> FormatError:
    return source.bad("the offsets of its cells contradict their corners")
