"""Well-spread samples of a surface, joined to those beside them along it: what is measured and bent instead of all."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from geomlearn.matching.alignment import nearest_rotations
from geomlearn.matching.prepared import Prepared
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.cotan import edge_table

# Neighbours of a point of a cloud, and samples that carry a vertex along beside that of its cell.
NEIGHBOURS, CARRIERS = 8, 4
# Half of cot 60° on either side: the cotan weight of an edge between even triangles is 0.58.
WEIGHT = 0.5


class Samples:
    """Cells around samples, two of which are joined where vertices of one neighbour vertices of the other.

    Parameters
    ----------
    prepared, count   the shape, and how many of its samples to take;  scale  the unit of length, in its units.

    Attributes
    ----------
    vertices (n, 3), vertex_normals (n, 3)  of the shape;  cell (n,)  the sample nearest to each along the surface.
    points (s, 3), normals (s, 3)           of the samples;  laplacian (s, s)  of their graph, every edge alike.
    """

    def __init__(self, prepared: Prepared, scale: float, count: int) -> None:
        self.vertices, self.vertex_normals = prepared.shape.vertices / scale, vertex_normals(prepared.shape)
        rows = prepared.samples[:count]
        self.points, self.normals = self.vertices[rows], self.vertex_normals[rows]
        first, second = _edges(prepared.shape)
        lengths = np.linalg.norm(self.vertices[first] - self.vertices[second], axis=1)
        far, self.cell = _cells(first, second, lengths, rows, self.vertices)
        n = len(rows)
        joined = np.stack([self.cell[first], self.cell[second]])
        between = joined[0] != joined[1]
        ways = (far[first] + lengths + far[second])[between]
        ends, which = np.unique(np.sort(joined[:, between], axis=0), axis=1, return_inverse=True)
        shortest = np.full(ends.shape[1], np.inf)
        np.minimum.at(shortest, which.ravel(), ways)
        self._ways = sp.csr_array((shortest, tuple(ends)), shape=(n, n))
        # Each edge from either end.
        self._from, self._to = np.concatenate([ends, ends[::-1]], axis=1)
        self._edges = self.points[self._from] - self.points[self._to]
        weights = np.full(len(self._from), WEIGHT)
        self._joined = sp.csr_array((weights, (self._from, self._to)), shape=(n, n))
        self.laplacian = sp.csc_array(sp.diags_array(self._joined.sum(axis=1)) - self._joined)
        # Sums what edges hold over those of each sample.
        self._sum = sp.csr_array((weights, (self._from, np.arange(len(self._from)))), shape=(n, len(self._from)))

    def ways(self, sources: np.ndarray) -> np.ndarray:
        """(s, l) lengths of the shortest ways from samples (l,); straight distances to other pieces."""
        found = dijkstra(self._ways, directed=False, indices=sources).T
        return np.where(np.isfinite(found), found, cdist(self.points, self.points[sources]))

    def rotations(self, points: np.ndarray) -> np.ndarray:
        """(s, 3, 3) that turn the edges of each sample best into those between its points (s, 3) now."""
        edges = points[self._from] - points[self._to]
        products = self._sum @ (edges[:, :, None] * self._edges[:, None, :]).reshape(-1, 9)
        return nearest_rotations(products.reshape(-1, 3, 3))

    def turned(self, rotations: np.ndarray) -> np.ndarray:
        """(s, 3) the Laplacian of points whose edges were turned by the rotations (s, 3, 3) at their ends."""
        mean = (rotations[self._from] + rotations[self._to]) / 2
        return self._sum @ np.einsum("eij,ej->ei", mean, self._edges)

    def strain(self, points: np.ndarray, rotations: np.ndarray) -> float:
        """Σ w ‖change of an edge beside its rotation‖² over edges, from both ends."""
        change = points[self._from] - points[self._to] - np.einsum("eij,ej->ei", rotations[self._from], self._edges)
        return WEIGHT * float((change**2).sum())

    def stretch(self, points: np.ndarray) -> float:
        """The mean |log| of the factors by which edges grew or shrank."""
        lengths = np.linalg.norm(points[self._from] - points[self._to], axis=1)
        before = np.linalg.norm(self._edges, axis=1)
        return float(np.abs(np.log(np.maximum(lengths, 1e-12) / np.maximum(before, 1e-12))).mean())

    def carried(self, points: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) images and normals of all vertices, carried along by samples beside them as these moved and turned."""
        near = cKDTree(self.points).query(self.vertices, k=min(CARRIERS, len(self.points)))[1]
        near = np.column_stack([self.cell, near.reshape(len(self.vertices), -1)])
        apart = self.vertices[:, None] - self.points[near]
        weights = 1 / ((apart**2).sum(axis=2) + 1e-12)
        own = np.broadcast_to(self.cell[:, None], near.shape)
        # What is near in space alone is another limb.
        weights *= (near == own) | (self._joined[own.ravel(), near.ravel()] > 0).reshape(near.shape)
        weights /= weights.sum(axis=1, keepdims=True)
        turns = np.einsum("nk,nkij->nij", weights, rotations[near])
        moved = np.einsum("nk,nki->ni", weights, np.einsum("nkij,nkj->nki", rotations[near], apart) + points[near])
        normals = np.einsum("nij,nj->ni", turns, self.vertex_normals)
        return moved, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _edges(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the edges; of a cloud, of those to the nearest neighbours."""
    if not shape.is_cloud:
        return tuple(edge_table(shape.faces)[0].T)
    k = min(NEIGHBOURS, shape.n_vertices - 1)
    near = cKDTree(shape.vertices).query(shape.vertices, k=k + 1)[1][:, 1:]
    return np.repeat(np.arange(shape.n_vertices), k), near.ravel()


def _cells(
    first: np.ndarray, second: np.ndarray, lengths: np.ndarray, rows: np.ndarray, vertices: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) distance along the surface to the nearest sample and which it is; through space where there is no way."""
    n = len(vertices)
    # Rounding must not make an edge disappear.
    graph = sp.coo_array((np.maximum(lengths, 1e-12), (first, second)), shape=(n, n)).tocsr()
    far, _, source = dijkstra(graph, directed=False, indices=rows, min_only=True, return_predecessors=True)
    place = np.full(n + 1, -1)
    place[rows] = np.arange(len(rows))
    cell = np.where(source >= 0, place[source], -1)
    lost = np.flatnonzero(cell < 0)
    if len(lost):
        far[lost], cell[lost] = cKDTree(vertices[rows]).query(vertices[lost])
    return far, cell
