"""The gradient of piecewise linear functions on a mesh, as a matrix."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.shape import Shape


def face_gradient(shape: Shape) -> sp.csr_array:
    """The matrix of ∇: values at vertices to one vector per face.

    Returns
    -------
    (3m, n) csr; rows run over all faces for x, then y, then z, so that ``(G @ f).reshape(3, -1).T`` is (m, 3), in units
    of the function per length. With A the face areas three times over, Gᵀ A G is the cotan stiffness. Faces of no area
    have no gradient: their rows are zero.

    Raises
    ------
    ParameterError   the shape is a point cloud.
    MeshError        every face is degenerate.
    """
    if shape.is_cloud:
        raise ParameterError(f"{shape.name} is a point cloud: it has no faces to have gradients on.", "Mesh it first.")
    corners = shape.vertices[shape.faces]
    edges = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]
    normal = np.cross(edges[:, 0], edges[:, 1])
    squared = np.einsum("fi,fi->f", normal, normal)
    longest = np.einsum("fij,fij->fi", edges, edges).max(axis=1)
    alive = squared > 1e-20 * longest**2
    if not alive.any():
        raise MeshError(f"Every face of {shape.name} is degenerate.", "Repair the mesh first.")
    hats = np.cross(normal[:, None], edges) / np.where(alive, squared, 1.0)[:, None, None] * alive[:, None, None]
    m, n = shape.n_faces, shape.n_vertices
    rows = (np.arange(3)[:, None, None] * m + np.arange(m)[None, :, None] + np.zeros((1, 1, 3), int)).ravel()
    columns = np.broadcast_to(shape.faces[None], (3, m, 3)).ravel()
    return sp.csr_array((hats.transpose(2, 0, 1).ravel(), (rows, columns)), shape=(3 * m, n))
