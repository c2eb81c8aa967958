"""Clumps of points that hang on the rest weakly or not at all, told by the gap in a graph's spectrum."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.shape import Shape

_NODES = 3000
_NEIGHBOURS = 10
# So many of the smallest eigenvalues are looked at; those below the bound may belong to clumps of their own.
_MODES, _SMALL, _GAP = 12, 0.02, 4.0


def islands(points: np.ndarray, share: float = 0.1) -> np.ndarray:
    """Which points belong to clumps apart from the rest.

    The smallest eigenvalues of the normalised Laplacian of the neighbour graph are near zero, one for each clump that
    can hardly be reached from the others; above them is a gap. Their eigenvectors are constant on each clump.

    Parameters
    ----------
    points  (n, 3)
    share   clumps with at least this part of the points are the scan itself and stay.

    Returns
    -------
    (n,) bool.

    Source   Ng, Jordan & Weiss, On spectral clustering, NIPS 2001; von Luxburg 2007, arXiv 0711.0189, section 8.3
             (the gap).
    Differs  1. more than 3,000 points are represented by as many spread ones. 2. without a gap there is one clump.
    """
    from scipy.cluster.vq import kmeans2
    from scipy.spatial import cKDTree

    from geomlearn.shapes.sampling import farthest_points

    if len(points) <= 2 * _NEIGHBOURS:
        return np.zeros(len(points), bool)
    nodes = points if len(points) <= _NODES else points[farthest_points(points, _NODES)]
    owner = np.arange(len(points)) if nodes is points else cKDTree(nodes).query(points)[1]
    evals, evecs = _lowest(nodes)
    count = _before_gap(evals)
    if count == 1:
        return np.zeros(len(points), bool)
    rows = evecs[:, :count]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    labels = kmeans2(rows, rows[farthest_points(rows, count)], minit="matrix")[1][owner]
    size = np.bincount(labels, minlength=count)
    stays = size >= share * len(points)
    stays[size.argmax()] = True
    return ~stays[labels]


def _lowest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smallest eigenvalues, ascending, and their eigenvectors, of I − D^{-1/2} W D^{-1/2}."""
    from scipy.sparse import coo_matrix, diags, identity
    from scipy.sparse.linalg import eigsh
    from scipy.spatial import cKDTree

    n = len(points)
    distances, indices = cKDTree(points).query(points, k=_NEIGHBOURS + 1)
    # One width for all: what is far in units of the usual spacing is weakly tied, wherever it lies.
    width = 2 * max(float(np.median(distances[:, -1])), 1e-300)
    ties = np.exp(-((distances[:, 1:] / width) ** 2)) + 1e-12
    rows = np.repeat(np.arange(n), _NEIGHBOURS)
    graph = coo_matrix((ties.ravel(), (rows, indices[:, 1:].ravel())), (n, n)).tocsr()
    graph = graph.maximum(graph.T)
    root = diags(1 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel()))
    start = np.random.default_rng(0).normal(size=n)
    laplacian = (identity(n) - root @ graph @ root).tocsc()
    # Looked at from a little below zero, where the matrix is regular however many clumps there are.
    evals, evecs = eigsh(laplacian, _MODES, sigma=-0.02, v0=start, tol=1e-8)
    order = np.argsort(evals)
    return evals[order], evecs[:, order]


def _before_gap(evals: np.ndarray) -> int:
    """How many eigenvalues lie below the widest gap; 1 without one."""
    floor = np.maximum(evals, 1e-6)
    ratio = np.where(floor[:-1] < _SMALL, floor[1:] / floor[:-1], 0.0)
    ratio[0] = ratio[0] if floor[1] > _SMALL else ratio[0] / 1e3  # the first is zero for every graph
    best = int(ratio.argmax())
    return best + 1 if ratio[best] >= _GAP else 1


def drop_islands(shape: Shape, *, share: float = 0.1) -> Cleaned:
    """The shape without clumps apart from the rest; see `islands`. Faces with a removed corner go."""
    apart = islands(shape.vertices, share)
    if not apart.any():
        return Cleaned.nothing(shape, "Found no clump of points apart from the rest.")
    faces = shape.faces[~apart[shape.faces].any(axis=1)]
    count = int(apart.sum())
    action = f"Removed {many(count, 'point')} in clumps apart from the rest."
    return Cleaned.chosen(shape, ~apart, (np.cumsum(~apart) - 1)[faces], action, islands=count)
