"""The self-tuned Laplacian of bare points: the operator behind the default probes, in any dimension."""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma, pi

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from scipy.special import gammainc

from geomlearn.core.errors import SizeMismatch

NEIGHBOURS = 30
# A point's scale is the mean distance to these neighbours, counted from one.
SCALE_FROM, SCALE_TO = 5, 10
_MASS_ROUNDS = 30
# Width of the masses' kernel over the Laplacian's: chosen on invented bodies, evenly and unevenly sampled. Wider ones
# smooth the differences between single points away, narrower ones follow chance.
_MASS_WIDTH = 0.55
# Beyond this a tree visits every point anyway.
_LARGEST_TREE_DIMENSION = 16


@dataclass(frozen=True, eq=False)
class SelfTunedLaplacian:
    """A Laplacian whose kernel is as wide as the sampling is sparse.

    Attributes
    ----------
    stiffness  (n, n) csr, symmetric positive semi-definite, zero row sums; fᵀSf approximates ∫|∇f|².
    mass       (n,) what each point stands for, summing to about the volume (the area, on a surface).
    scale      (n,) mean distance to the neighbours 5 … 10.
    """

    stiffness: sp.csr_array
    mass: np.ndarray
    scale: np.ndarray

    def normalized(self) -> sp.csr_array:
        """A = M^{-1/2} S M^{-1/2}, whose lowest eigenvector is √mass."""
        root = sp.diags_array(1 / np.sqrt(self.mass))
        return (root @ self.stiffness @ root).tocsr()


def nearest_neighbours(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances (n, k) and indices (n, k) of the k nearest others, ascending.

    Raises
    ------
    SizeMismatch   there are not k others.
    """
    n, d = points.shape
    if n <= k:
        raise SizeMismatch(f"{n} points do not have {k} neighbours each.", f"Give more than {k} points.")
    if d <= _LARGEST_TREE_DIMENSION:
        distances, indices = cKDTree(points).query(points, k + 1)
    else:
        table = cdist(points, points)
        indices = np.argpartition(table, k, axis=1)[:, : k + 1]
        distances = np.take_along_axis(table, indices, axis=1)
        order = np.argsort(distances, axis=1, kind="stable")
        distances, indices = (np.take_along_axis(array, order, axis=1) for array in (distances, indices))
    # A point is its own nearest neighbour, but not always in the first place when others coincide with it.
    own = indices == np.arange(n)[:, None]
    own[:, -1] |= ~own.any(axis=1)
    return distances[~own].reshape(n, k), indices[~own].reshape(n, k)


def local_scale(distances: np.ndarray) -> np.ndarray:
    """(n,) mean distance to the neighbours 5 … 10 (or to those there are), from ascending distances (n, k)."""
    last = min(SCALE_TO, distances.shape[1])
    scale = distances[:, min(SCALE_FROM, last) - 1 : last].mean(axis=1)
    return np.maximum(scale, 1e-9 * distances.max(initial=1e-300))


def self_tuned_laplacian(points: np.ndarray, dimension: int = 2, n_neighbours: int = NEIGHBOURS) -> SelfTunedLaplacian:
    """Assemble the self-tuned Laplacian.

    With sᵢ the local scale, the kernel is exp(−|xᵢ − xⱼ|² / sᵢsⱼ) on the symmetrised graph of nearest neighbours, its
    row sums levelled by D^{-1/2} · D^{-1/2}. The masses are the positive weights that make a narrower kernel, as a
    density, sum to the same everywhere.

    Parameters
    ----------
    points        (n, d), any d.
    dimension     of the manifold the points lie on: 2 for surfaces.
    n_neighbours  edges per point before symmetrising; fewer when there are not that many points.

    Raises
    ------
    SizeMismatch   fewer than three points.

    Use when …   points are all there is, in any d, however unevenly they were sampled.
    Avoid when … a surface has faces, or is a cloud in space: `build_laplacian` is more exact there.
    Source   Zelnik-Manor & Perona 2004 (scales); Berry & Harlim 2016 (variable bandwidth, the power of the scale).
    Differs  1. Row sums are levelled. The whole recipe was compared with others; this step was not judged alone.
             2. Masses are quadrature weights by expectation maximisation instead of degree · scale²: on the sphere
                sampled with density ratio e³ they correlate 0.96 with the true areas instead of 0.87.
             3. Constants are analytic, with the part of the kernel cut off by the graph, so that eigenvalues come out
                in 1 / squared units without fitting.
    """
    n = len(points)
    k = min(n_neighbours, n - 1)
    if k < 2:
        raise SizeMismatch(f"A Laplacian needs at least 3 points; there are {n}.", "Give more points.")
    distances, indices = nearest_neighbours(points, k)
    scale = local_scale(distances)
    row, column = np.repeat(np.arange(n), k), indices.ravel()
    width = scale[row] * scale[column]
    kernel = _symmetrised(np.exp(-(distances.ravel() ** 2) / width), row, column, n)
    mass = _quadrature(distances, indices, scale, dimension)
    # kNN graphs cut the kernel where its second moment still lacks this share.
    neighbours = (SCALE_FROM + SCALE_TO) / 2
    seen = gammainc(dimension / 2 + 1, max(k / neighbours, 1.0) ** (2 / dimension))
    level = 1 / np.sqrt(kernel.sum(axis=1) + 1)
    power = scale ** ((dimension - 2) / 2)
    factor = level * power * np.sqrt(4 / seen * mass.sum() / (scale**dimension).sum())
    edges = sp.coo_array(kernel)
    edges.data = edges.data * factor[edges.row] * factor[edges.col]
    edges = edges.tocsr()
    return SelfTunedLaplacian((sp.diags_array(edges.sum(axis=1)) - edges).tocsr(), mass, scale)


def _quadrature(distances: np.ndarray, indices: np.ndarray, scale: np.ndarray, dimension: int) -> np.ndarray:
    """(n,) positive weights a with Σⱼ κᵢⱼ aⱼ ∝ 1 for the density kernel κ, by multiplicative updates.

    A kernel narrow enough to tell points apart gives stray ones too little, so the sum of all is that of the balls
    around the points instead. The scales are smoothed, and smaller than those of the Laplacian, so that weights follow
    single points.
    """
    n, k = indices.shape
    near = indices[:, : min(SCALE_TO, k)]
    for _ in range(2):
        scale = np.exp(np.log(scale)[near].mean(axis=1))
    scale = _MASS_WIDTH * scale
    unit = pi ** (-dimension / 2)
    row, column = np.repeat(np.arange(n), k), indices.ravel()
    width = scale[row] * scale[column]
    kernel = _symmetrised(
        unit * np.exp(-(distances.ravel() ** 2) / width) / width ** (dimension / 2), row, column, n
    ) + sp.diags_array(unit / scale**dimension)
    sums = kernel.sum(axis=1)
    weights = 1 / sums
    for _ in range(_MASS_ROUNDS):
        weights = weights * (kernel @ (1 / (kernel @ weights))) / sums
    return weights * (_volume(distances, dimension) / weights.sum())


def _volume(distances: np.ndarray, dimension: int) -> float:
    """Of the whole cloud: the ball that reaches a point's j-th neighbour holds j others on average."""
    first, last = min(SCALE_FROM, distances.shape[1]), min(SCALE_TO, distances.shape[1])
    balls = ball_volume(dimension) * distances[:, first - 1 : last] ** dimension
    return float((balls / np.arange(first, last + 1)).mean(axis=1).sum())


def ball_volume(dimension: int) -> float:
    """Volume of the unit ball."""
    return pi ** (dimension / 2) / gamma(dimension / 2 + 1)


def _symmetrised(values: np.ndarray, row: np.ndarray, column: np.ndarray, n: int) -> sp.csr_array:
    matrix = sp.csr_array((values, (row, column)), shape=(n, n))
    return matrix.maximum(matrix.T).tocsr()
