"""A coarser mesh to look at in place of one that is too fine for the screen. Its vertices are vertices of the original.

Values, clicks and marks so need no interpolation: the number shown at a vertex is the number there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FROM_FACES = 1_000_000
"""From so many faces on a mesh is drawn by a coarser one."""
KEPT_FACES = 150_000
"""About so many faces the coarser one has."""


@dataclass(frozen=True, eq=False)
class Coarse:
    """A mesh on some of the vertices of another.

    Attributes
    ----------
    vertices  (c,) ascending indices of the vertices that are kept.
    faces     (f, 3) indices into `vertices`.
    """

    vertices: np.ndarray
    faces: np.ndarray


def coarsened(vertices: np.ndarray, faces: np.ndarray, n_faces: int = KEPT_FACES) -> Coarse:
    """Merge the vertices of each cell of a grid into the one nearest to their mean.

    Parameters
    ----------
    n_faces   about how many faces are to be left.

    Source   vertex clustering, Rossignac and Borrel 1993.
    Differs  The representative is a vertex, not a new point.
    """
    cells = _cells(vertices, _cell_size(vertices, faces, n_faces))
    n = int(cells.max()) + 1
    counts = np.bincount(cells, minlength=n)
    means = np.stack([np.bincount(cells, vertices[:, axis], n) / counts for axis in range(3)], axis=1)
    off = np.einsum("ij,ij->i", vertices - means[cells], vertices - means[cells])
    order = np.lexsort((off, cells))
    # The first of each cell in this order is the nearest to its mean.
    kept = np.sort(order[np.searchsorted(cells[order], np.arange(n))])
    number = np.empty(n, np.int64)
    number[cells[kept]] = np.arange(n)
    merged = number[cells[faces]]
    a, b, c = merged.T
    merged = merged[(a != b) & (b != c) & (c != a)]
    # Two faces on the same three vertices, whichever way round, are one to the eye.
    corners = np.sort(merged, axis=1)
    _, first = np.unique(corners @ np.array([n * n, n, 1]), return_index=True)
    return Coarse(kept, merged[np.sort(first)])


def _cell_size(vertices: np.ndarray, faces: np.ndarray, n_faces: int) -> float:
    """A surface of this area in cells of this size has about that many faces: two for each cell it passes through."""
    # A sample serves: the number of faces is only asked for about.
    step = max(1, len(faces) // 50_000)
    corners = vertices[faces[::step]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = step * np.linalg.norm(normals, axis=1).sum() / 2
    # Slanted, it passes through some three halves as many cells as its area has squares.
    return float(np.sqrt(3 * area / max(n_faces, 1))) or 1.0


def _cells(vertices: np.ndarray, size: float) -> np.ndarray:
    """(n,) number of the occupied cell of each vertex."""
    grid = np.floor((vertices - vertices.min(axis=0)) / size).astype(np.int64)
    sides = grid.max(axis=0) + 1
    return np.unique((grid[:, 0] * sides[1] + grid[:, 1]) * sides[2] + grid[:, 2], return_inverse=True)[1].ravel()
