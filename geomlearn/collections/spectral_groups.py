"""From a matrix that expresses samples by each other to groups: a sparse graph, its spectrum, k-means."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2

_RESTARTS = 20
_FLOOR = 0.02


def affinity(representation: np.ndarray, dimension: int) -> np.ndarray:
    """(n, n) symmetric, non-negative: the `dimension` largest coefficients of each column of (|C| + |Cᵀ|)/2.

    Ties go to the lower index, so that each column keeps just so many before it is made symmetric.
    """
    weights = (np.abs(representation) + np.abs(representation.T)) / 2
    kept = np.argsort(-weights, axis=0, kind="stable")[:dimension]
    sparse = np.zeros_like(weights)
    np.put_along_axis(sparse, kept, np.take_along_axis(weights, kept, 0), 0)
    return (sparse + sparse.T) / 2


def laplacian_evals(graph: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, ascending, and eigenvectors of I − D^{−½} A D^{−½}."""
    degree = graph.sum(1)
    scale = 1 / np.sqrt(np.where(degree > 0, degree, 1))
    normal = scale[:, None] * graph * scale
    return np.linalg.eigh(np.eye(len(graph)) - (normal + normal.T) / 2)


def group_count(graph: np.ndarray, most: int) -> int:
    """How many groups a graph has, 2 … `most`: where the next eigenvalue is largest relative to the one before.

    Both count from _FLOOR, below which eigenvalues mean one piece, however loosely it hangs together.
    """
    evals = np.maximum(laplacian_evals(graph)[0][: min(most + 1, len(graph))], 0) + _FLOOR
    return int(np.argmax(evals[2:] / evals[1:-1])) + 2


def spectral_groups(graph: np.ndarray, n_groups: int, *, seed: int = 0) -> np.ndarray:
    """(n,) labels 0 … K − 1 in the order in which groups first occur.

    Rows of the K lowest eigenvectors, at unit length, by k-means of 20 starts of which the tightest counts.
    """
    rows = laplacian_evals(graph)[1][:, :n_groups]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    random = np.random.default_rng(seed)
    best, tightest = np.zeros(len(rows), int), np.inf
    for _ in range(_RESTARTS):
        with warnings.catch_warnings():
            # A start that loses a centre is simply not the tightest.
            warnings.filterwarnings("ignore", message="One of the clusters is empty")
            centres, labels = kmeans2(rows, n_groups, iter=100, minit="++", seed=random)
        spread = float(np.sum((rows - centres[labels]) ** 2))
        if spread < tightest - 1e-12:
            best, tightest = labels, spread
    first = np.unique(best, return_index=True)[1]
    order = np.argsort(np.argsort(first))
    return order[np.unique(best, return_inverse=True)[1]]
