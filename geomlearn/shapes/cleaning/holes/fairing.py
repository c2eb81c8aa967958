"""Places for the vertices of a patch such that it leaves its border as the surface around it does."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags, identity
from scipy.sparse.linalg import splu


def _laplacian(faces: np.ndarray, n: int) -> csr_matrix:
    """The graph Laplacian over the edges, each row divided by its vertex's neighbours."""
    tails, heads = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    graph = coo_matrix((np.ones(len(tails)), (tails, heads)), (n, n)).tocsr()
    graph = graph.maximum(graph.T)
    valence = np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1)
    return csr_matrix(identity(n) - diags(1 / valence) @ graph)


def fair(vertices: np.ndarray, faces: np.ndarray, new: np.ndarray) -> np.ndarray:
    """All vertices, those in `new` moved where the squared Laplacian vanishes; the others hold still."""
    if len(new) == 0:
        return vertices
    laplacian = _laplacian(faces, len(vertices))
    squared = (laplacian @ laplacian)[new].tocsc()
    held = np.ones(len(vertices), bool)
    held[new] = False
    right = -(squared[:, np.flatnonzero(held)] @ vertices[held])
    moved = vertices.copy()
    moved[new] = splu(squared[:, new].tocsc()).solve(right)
    return moved


def harmonic_weights(faces: np.ndarray, new: np.ndarray, n: int) -> csr_matrix:
    """(new, n) rows that sum to 1: each new vertex the mean of its neighbours, old ones given."""
    if len(new) == 0:
        return csr_matrix((0, n))
    rows = _laplacian(faces, n)[new].tocsc()
    old = np.setdiff1d(np.arange(n), new)
    right = -rows[:, old]
    touched = np.flatnonzero(np.diff(right.tocsc().indptr))
    dense = splu(rows[:, new].tocsc()).solve(right[:, touched].toarray())
    dense[np.abs(dense) < 1e-6] = 0
    dense /= dense.sum(axis=1, keepdims=True)
    some = coo_matrix(dense)
    return csr_matrix((some.data, (some.row, old[touched][some.col])), (len(new), n))
