"""Cells as VTK has kept them since version 5: all corners in one array, and where each cell begins in it."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.io.source import Source
from geomlearn.shapes.triangulate import Polygons


def cells_from_offsets(corners: np.ndarray, offsets: np.ndarray, source: Source) -> Polygons:
    """Polygons from where each begins, with the end of the last one as the last offset."""
    # Compared, not subtracted: differences of damaged offsets overflow, to anything.
    if len(offsets) and (offsets[0] != 0 or offsets[-1] > len(corners) or (offsets[1:] < offsets[:-1]).any()):
        raise source.bad("the offsets of its cells contradict their corners")
    return Polygons(corners[: offsets[-1]] if len(offsets) else corners[:0], np.diff(offsets))
