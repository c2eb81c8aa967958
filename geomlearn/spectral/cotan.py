"""The cotan Laplacian of a triangle mesh, assembled in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

# Twice a face's area is kept above this share of its longest edge squared, so that no cotangent exceeds about 1e4.
# The element matrix is Gram/(4 area): flooring the area scales it, so it stays semi-definite with zero row sums.
AREA_FLOOR = 1e-4


def cotan_matrix(vertices: np.ndarray, faces: np.ndarray) -> tuple[sp.csr_array, np.ndarray]:
    """Stiffness and barycentric lumped areas.

    Parameters
    ----------
    vertices (n, 3), in length units;  faces (m, 3).

    Returns
    -------
    stiffness (n, n) symmetric positive semi-definite with zero row sums, unitless:
        S_ij = −(cot α_ij + cot β_ij)/2, S_ii = −Σ_j S_ij.
    areas (n,) a third of the area of the faces around each vertex, in squared units; 0 at a vertex without faces.

    Source   Pinkall & Polthier 1993.
    Differs  Faces of no area weigh as much as a sliver of aspect `AREA_FLOOR`; those whose corners coincide, nothing.
    """
    n = len(vertices)
    cotangents = corner_cotangents(vertices, faces)
    rows = faces[:, [1, 2, 0]].ravel()
    columns = faces[:, [2, 0, 1]].ravel()
    half = sp.coo_array((cotangents.ravel() / -2, (rows, columns)), shape=(n, n)).tocsr()
    off_diagonal = half + half.T
    stiffness = (off_diagonal - sp.diags_array(off_diagonal.sum(axis=1))).tocsr()
    stiffness.sort_indices()
    return stiffness, vertex_areas(vertices, faces)


def corner_cotangents(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m, 3) cotangent of the angle at each corner of each face, guarded as `cotan_matrix` says."""
    corners = vertices[faces]
    edges = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]  # edge i lies across from corner i
    double_area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    longest = np.einsum("fij,fij->fi", edges, edges).max(axis=1)
    dots = -np.einsum("fij,fij->fi", edges[:, [1, 2, 0]], edges[:, [2, 0, 1]])
    floored = np.maximum(double_area, AREA_FLOOR * longest)
    return np.divide(dots, floored[:, None], out=np.zeros_like(dots), where=floored[:, None] > 0)


def vertex_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(n,) a third of the area of the faces around each vertex."""
    corners = vertices[faces]
    double_area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return np.bincount(faces.ravel(), np.repeat(double_area / 6, 3), minlength=len(vertices))


class EdgeTable(NamedTuple):
    """Undirected edges (e, 2), each once; how many faces hold each (e,); the edge across from each corner (m, 3)."""

    edges: np.ndarray
    n_faces: np.ndarray
    across: np.ndarray


def edge_table(faces: np.ndarray) -> EdgeTable:
    """The edges of faces (m, 3)."""
    n = int(faces.max(initial=-1)) + 1
    ends = faces[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2)
    low, high = ends.min(axis=1), ends.max(axis=1)
    codes, edge_of, counts = np.unique(low * n + high, return_inverse=True, return_counts=True)
    return EdgeTable(np.column_stack(np.divmod(codes, max(n, 1))), counts, edge_of.reshape(-1, 3))


def boundary_vertices(faces: np.ndarray) -> np.ndarray:
    """Sorted indices of the vertices on an edge that only one face holds."""
    edges, counts, _ = edge_table(faces)
    rim = edges[counts == 1]
    return np.unique(rim[rim[:, 0] != rim[:, 1]])
