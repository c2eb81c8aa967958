"""Equal points become one, and small pieces go."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.repair import repair
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology

_NEIGHBOURS = 8
_REACH = 4.0


def weld_vertices(shape: Shape, *, tolerance_rel: float = 0.0) -> Cleaned:
    """Vertices nearer than a part of the diagonal become one, and faces without area or repeated go.

    Faces are turned to agree with each other, as `repair` does.
    """
    mended = repair(shape, weld_tolerance_rel=tolerance_rel)
    if not mended.actions:
        return Cleaned.nothing(shape, "Found nothing to weld.")
    lost = shape.n_vertices - mended.shape.n_vertices
    done = Cleaned.chosen(shape, mended.vertex_origin, mended.shape.faces, " ".join(mended.actions), welded=lost)
    return Cleaned(mended.shape, done.source_index, done.weights, done.actions, done.numbers)


def piece_of(shape: Shape) -> np.ndarray:
    """(n,) piece of each vertex, along edges; on a cloud, points within four times the median spacing hang together."""
    if not shape.is_cloud:
        return Topology(shape.faces, shape.n_vertices).vertex_components
    return cloud_pieces(shape.vertices)


def cloud_pieces(points: np.ndarray) -> np.ndarray:
    """(n,) piece of each point: neighbours within four times the median spacing hang together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(points)
    k = min(_NEIGHBOURS + 1, n)
    if k < 2:
        return np.zeros(n, np.int64)
    distances, indices = cKDTree(points).query(points, k=k)
    near = distances[:, 1:] <= _REACH * np.median(distances[:, 1:].mean(axis=1))
    rows = np.repeat(np.arange(n), k - 1)[near.ravel()]
    graph = coo_matrix((np.ones(len(rows), bool), (rows, indices[:, 1:][near])), (n, n))
    return connected_components(graph, directed=False)[1]


def keep_largest(shape: Shape, *, pieces: int = 1) -> Cleaned:
    """The largest pieces: by area on a mesh, by points on a cloud."""
    piece = piece_of(shape)
    total = int(piece.max()) + 1
    size = np.bincount(piece, minlength=total).astype(float)
    if not shape.is_cloud:
        size = np.bincount(piece[shape.faces[:, 0]], shape.face_areas, minlength=total)
    kept = np.argsort(-size, kind="stable")[:pieces]
    stays = np.isin(piece, kept)
    if stays.all():
        return Cleaned.nothing(shape, f"It has {many(total, 'piece')}; all stay.")
    faces = (np.cumsum(stays) - 1)[shape.faces[stays[shape.faces[:, 0]]]]
    share = 100 * size[kept].sum() / size.sum()
    what = "points" if shape.is_cloud else "area"
    action = f"Kept {len(kept)} of {many(total, 'piece')}, with {share:.3g} % of the {what}."
    return Cleaned.chosen(shape, stays, faces, action, pieces_removed=total - len(kept))
