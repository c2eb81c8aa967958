"""Point maps sharpened to points inside faces, in the embedding by the modes of both shapes."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError
from geomlearn.matching.point_map import functional_map_of
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

# Rows of triangles that are projected at once.
_BLOCK = 20_000


def barycentric_map(map_ab: np.ndarray, shape_b: Shape, basis_a: Basis, basis_b: Basis) -> sp.csr_array:
    """Barycentric weights (n_a, n_b) of the points on B nearest to the rows of Φ_a C, within the faces around map_ab.

    Parameters
    ----------
    map_ab (n_a,) indices on B.
    basis_a, basis_b   with as many modes as the embedding is to have.

    Raises
    ------
    ParameterError   B has no faces.

    Source   Ezuz & Ben-Chen 2017, Deblurring and Denoising of Maps between Shapes.
    Differs  only the faces around the vertex that the map names are tried, not all.
    """
    if shape_b.is_cloud:
        raise ParameterError(f"{shape_b.name} has no faces to be inside of.", "Use the nearest vertices instead.")
    k = min(basis_a.k, basis_b.k)
    fmap_ba = functional_map_of(map_ab, basis_b.evecs[:, :k], basis_a.evecs[:, :k], basis_a.mass)
    rows = basis_a.evecs[:, :k] @ fmap_ba
    vertex, face = _around(map_ab, shape_b)
    weights, distance = _projected(rows, vertex, basis_b.evecs[:, :k], shape_b.faces[face])
    # The nearest face of each vertex; one without faces around its image keeps the image.
    order = np.lexsort((distance, vertex))
    first = order[np.unique(vertex[order], return_index=True)[1]]
    n_a, n_b = len(map_ab), shape_b.n_vertices
    alone = np.setdiff1d(np.arange(n_a), vertex[first])
    rows_of = np.concatenate([np.repeat(vertex[first], 3), alone])
    columns = np.concatenate([shape_b.faces[face[first]].ravel(), map_ab[alone]])
    values = np.concatenate([weights[first].ravel(), np.ones(len(alone))])
    return sp.csr_array((values, (rows_of, columns)), shape=(n_a, n_b))


def _around(map_ab: np.ndarray, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """All (vertex of A, face of B around its image)."""
    corner = shape.faces.ravel()
    order = np.argsort(corner, kind="stable")
    counts = np.bincount(corner, minlength=shape.n_vertices)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    many = counts[map_ab]
    vertex = np.repeat(np.arange(len(map_ab)), many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return vertex, order[np.repeat(starts[map_ab], many) + within] // 3


def _projected(
    rows: np.ndarray, vertex: np.ndarray, places: np.ndarray, faces: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (t, 3) of the nearest point of each triangle to its row, and the squared distance (t,)."""
    weights, distance = np.empty((len(faces), 3)), np.empty(len(faces))
    for first in range(0, len(faces), _BLOCK):
        part = slice(first, first + _BLOCK)
        a, b, c = (places[faces[part, corner]] for corner in range(3))
        weights[part] = closest_weights(rows[vertex[part]] - a, b - a, c - a)
        point = np.einsum("ti,itd->td", weights[part], np.stack([a, b, c]))
        distance[part] = ((point - rows[vertex[part]]) ** 2).sum(axis=1)
    return weights, distance


def closest_weights(point: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Barycentric weights (t, 3) of the point of each triangle (0, u, v) nearest to `point`, all (t, d), in any d."""
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    pu, pv = (point * u).sum(1), (point * v).sum(1)
    det = np.maximum(uu * vv - uv**2, 1e-300)
    s, t = (vv * pu - uv * pv) / det, (uu * pv - uv * pu) / det
    inside = (s >= 0) & (t >= 0) & (s + t <= 1)
    on_u = np.clip(pu / np.maximum(uu, 1e-300), 0, 1)
    on_v = np.clip(pv / np.maximum(vv, 1e-300), 0, 1)
    far = np.maximum(uu - 2 * uv + vv, 1e-300)
    across = np.clip((pv - pu + uu - uv) / far, 0, 1)
    zero = np.zeros_like(s)
    options = np.stack([np.stack([on_u, zero], 1), np.stack([zero, on_v], 1), np.stack([1 - across, across], 1)])
    miss = ((point - options[..., :1] * u - options[..., 1:] * v) ** 2).sum(axis=2)
    edge = options[miss.argmin(axis=0), np.arange(len(s))]
    best = np.where(inside[:, None], np.stack([s, t], 1), edge)
    return np.column_stack([1 - best.sum(axis=1), best])
