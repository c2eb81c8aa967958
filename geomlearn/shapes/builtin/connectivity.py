"""Batches of edge splits, collapses and flips on a closed manifold triangle mesh.

Each operation picks edges whose surroundings do not touch, so that a whole batch is a few array operations.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix


class Edges:
    """The edges of a closed manifold mesh.

    Attributes
    ----------
    ends     (e, 2) vertices, the smaller first.
    faces    (e, 2) the faces on both sides.
    corners  (e, 2) the corner of each face opposite the edge.
    apex     (e, 2) the vertex there.
    keys     (e,) ends[:, 0] · n + ends[:, 1], ascending.
    """

    def __init__(self, faces: np.ndarray, n_vertices: int) -> None:
        start, end = faces[:, [1, 2, 0]].ravel(), faces[:, [2, 0, 1]].ravel()
        keys = np.minimum(start, end) * n_vertices + np.maximum(start, end)
        halves = np.argsort(keys, kind="stable").reshape(-1, 2)
        self.keys = keys[halves[:, 0]]
        self.ends = np.stack([self.keys // n_vertices, self.keys % n_vertices], axis=1)
        self.faces, self.corners = halves // 3, halves % 3
        self.apex = faces[self.faces, self.corners]
        self._n_vertices = n_vertices

    def exist(self, pairs: np.ndarray) -> np.ndarray:
        """(p,) whether each pair of vertices (p, 2) is an edge."""
        keys = pairs.min(axis=1) * self._n_vertices + pairs.max(axis=1)
        place = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return self.keys[place] == keys

    def adjacency(self) -> csr_matrix:
        """(n, n) ones where an edge is."""
        rows, columns = np.concatenate([self.ends, self.ends[:, ::-1]]).T
        ones = np.ones(len(rows), np.int32)
        return csr_matrix((ones, (rows, columns)), shape=(self._n_vertices,) * 2)

    def valences(self) -> np.ndarray:
        """(n,) edges at each vertex."""
        return np.bincount(self.ends.ravel(), minlength=self._n_vertices)


def face_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m, 3) normals of length twice the area."""
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    u, v = b - a, c - a
    normals = np.empty_like(u)
    normals[:, 0] = u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1]
    normals[:, 1] = u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2]
    normals[:, 2] = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return normals


def qualities(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m,) 4√3 area / Σ edge² of each triangle: 1 when equilateral, 0 when flat."""
    corners = points[faces]
    sides = corners - corners[:, [1, 2, 0]]
    area2 = np.linalg.norm(face_normals(points, faces), axis=1)
    return 2 * np.sqrt(3) * area2 / np.maximum(np.einsum("ijk,ijk->i", sides, sides), 1e-300)


def split(faces: np.ndarray, edges: Edges, order: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut edges at a new vertex.

    Parameters
    ----------
    order   indices of the edges to cut, most wanted first.
    limit   at most this many are cut; neighbours of a cut edge wait.

    Returns
    -------
    faces with new vertices numbered from n on, and (s,) the edges they lie on.
    """
    chosen = _apart(faces, edges, order, reach=1)[:limit]
    return _split(faces, edges, chosen, edges.valences().size), chosen


def _split(faces: np.ndarray, edges: Edges, chosen: np.ndarray, first: int) -> np.ndarray:
    faces = faces.copy()
    middle = np.arange(first, first + len(chosen))
    added = []
    for side in (0, 1):
        face, corner = edges.faces[chosen, side], edges.corners[chosen, side]
        apex, start, end = (faces[face, (corner + shift) % 3] for shift in (0, 1, 2))
        faces[face] = np.stack([apex, start, middle], axis=1)
        added.append(np.stack([apex, middle, end], axis=1))
    return np.concatenate([faces, *added])


def flip(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, int]:
    """Turn edges where that enlarges the smallest angle and does not fold the surface; also how many were turned."""
    edges = Edges(faces, len(points))
    u, v = (faces[edges.faces[:, 0], (edges.corners[:, 0] + shift) % 3] for shift in (1, 2))
    a, b = edges.apex[:, 0], edges.apex[:, 1]
    wanted = np.flatnonzero(_cotangent(points, a, u, v) + _cotangent(points, b, u, v) < -1e-6)
    wanted = wanted[edges.valences()[edges.ends[wanted]].min(axis=1) >= 5]
    adjacency = edges.adjacency()
    # Beyond two common neighbours, or with an edge between them already, the new edge would tie a waist of three.
    common = adjacency[edges.apex[wanted, 0]].multiply(adjacency[edges.apex[wanted, 1]]).sum(axis=1)
    wanted = wanted[(np.asarray(common).ravel() == 2) & ~edges.exist(edges.apex[wanted])]
    u, v, a, b = u[wanted], v[wanted], a[wanted], b[wanted]
    before = np.stack([a, u, v], axis=1), np.stack([b, v, u], axis=1)
    after = np.stack([a, u, b], axis=1), np.stack([b, v, a], axis=1)
    old = sum(face_normals(points, triangle) for triangle in before)
    safe = _worst_quality(points, after) > _worst_quality(points, before)
    for triangle in after:
        normal = face_normals(points, triangle)
        lengths = np.linalg.norm(normal, axis=1) * np.linalg.norm(old, axis=1)
        safe &= np.einsum("ij,ij->i", normal, old) > 0.5 * lengths
    wanted, after = wanted[safe], (after[0][safe], after[1][safe])
    chosen = _apart(faces, edges, wanted, reach=1, positions=True)
    # Two flips may make the same edge; the first one does.
    pairs = np.sort(edges.apex[wanted[chosen]], axis=1)
    chosen = chosen[np.unique(pairs[:, 0] * len(points) + pairs[:, 1], return_index=True)[1]]
    faces = faces.copy()
    for side in (0, 1):
        faces[edges.faces[wanted[chosen], side]] = after[side][chosen]
    return faces, len(chosen)


def collapse(
    points: np.ndarray, faces: np.ndarray, edges: Edges, order: np.ndarray, limit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Contract edges to one of their ends, keeping the surface's topology and not folding it.

    Returns
    -------
    faces over the vertices kept, and (n',) which these are.
    """
    # Some of the best may prove impossible, so more than the limit are looked at.
    chosen = _apart(faces, edges, order, reach=2)[: 2 * limit + 64]
    chosen = chosen[_keeps_topology(edges, chosen, len(points))]
    keep, gone = edges.ends[chosen, 0], edges.ends[chosen, 1]
    bad = _folds(points, faces, keep, gone)
    chosen = chosen[~bad][:limit]
    keep, gone = edges.ends[chosen].T
    target = np.arange(len(points))
    target[gone] = keep
    alive = np.ones(len(faces), bool)
    alive[edges.faces[chosen].ravel()] = False
    kept = np.delete(np.arange(len(points)), gone)
    number = np.empty(len(points), np.int64)
    number[kept] = np.arange(len(kept))
    return number[target[faces[alive]]], kept


def _keeps_topology(edges: Edges, chosen: np.ndarray, n: int) -> np.ndarray:
    """The link condition, no vertex left with fewer than four edges, and no waist of three.

    Where both ends have neighbours that are neighbours of each other, other than beside the edge itself, contracting
    it ties three vertices around a limb, and smoothing would pull that ring to one side.
    """
    adjacency, valences = edges.adjacency(), edges.valences()
    start, end = edges.ends[chosen].T
    around, beyond = adjacency[start], adjacency[end]
    common = np.asarray(around.multiply(beyond).sum(axis=1)).ravel()
    paths = np.asarray((around @ adjacency).multiply(beyond).sum(axis=1)).ravel()
    together = valences[start] + valences[end]
    loss = np.bincount(edges.apex[chosen].ravel(), minlength=n)
    thin = (valences - loss)[edges.apex[chosen]].min(axis=1) < 4
    # Beside the edge there are as many paths of three edges as both ends have neighbours, and three more.
    return (common == 2) & (paths <= together + 3) & (together <= 14) & ~thin


def _folds(points: np.ndarray, faces: np.ndarray, keep: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """(c,) whether contracting `gone` into `keep` turns a face by more than 60°."""
    which = np.full(len(points), -1)
    which[gone] = np.arange(len(gone))
    target = np.arange(len(points))
    target[gone] = keep
    owner = which[faces].max(axis=1)
    moved = np.flatnonzero(owner >= 0)
    after = target[faces[moved]]
    remains = (after[:, 0] != after[:, 1]) & (after[:, 1] != after[:, 2]) & (after[:, 2] != after[:, 0])
    moved, after = moved[remains], after[remains]
    old, new = face_normals(points, faces[moved]), face_normals(points, after)
    lengths = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
    turned = np.einsum("ij,ij->i", old, new) < 0.5 * lengths
    quality = qualities(points, after)
    flat = (quality < 0.1) & (quality < qualities(points, faces[moved]))
    bad = np.zeros(len(gone), bool)
    bad[owner[moved[turned | flat]]] = True
    return bad


def _apart(faces: np.ndarray, edges: Edges, order: np.ndarray, reach: int, *, positions: bool = False) -> np.ndarray:
    """Those of `order`, or their positions in it, whose faces (reach 1) or whose ends' faces (2) are theirs alone."""
    n_faces, last = len(faces), len(order)
    rank = np.arange(last)
    if reach == 1:
        best = np.full(n_faces, last)
        np.minimum.at(best, edges.faces[order].T.ravel(), np.tile(rank, 2))
        own = (best[edges.faces[order]] == rank[:, None]).all(axis=1)
    else:
        n_vertices = int(faces.max()) + 1
        best = np.full(n_vertices, last)
        np.minimum.at(best, edges.ends[order].T.ravel(), np.tile(rank, 2))
        around = best[faces].min(axis=1)
        first = np.full(n_vertices, last)
        np.minimum.at(first, faces.T.ravel(), np.tile(around, 3))
        own = (first[edges.ends[order]] == rank[:, None]).all(axis=1)
    return rank[own] if positions else order[own]


def _cotangent(points: np.ndarray, apex: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    u, v = points[left] - points[apex], points[right] - points[apex]
    dot = np.einsum("ij,ij->i", u, v)
    cross2 = np.einsum("ij,ij->i", u, u) * np.einsum("ij,ij->i", v, v) - dot**2
    return dot / np.sqrt(np.maximum(cross2, 1e-300))


def _worst_quality(points: np.ndarray, triangles: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.minimum.reduce([qualities(points, triangle) for triangle in triangles])
