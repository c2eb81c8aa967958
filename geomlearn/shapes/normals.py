"""Normals: of meshes from their faces, of point clouds from their neighbourhoods."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape


def estimate_normals(points: np.ndarray, k: int = 16) -> np.ndarray:
    """Unit normals of a point cloud, oriented alike over each connected piece and outwards as a whole.

    Parameters
    ----------
    points   (n, 3)
    k        neighbours that make the tangent plane, the point among them.

    Returns
    -------
    (n, 3) unit vectors.

    Raises
    ------
    ParameterError   fewer than three neighbours, or fewer than three points.

    Source   Hoppe et al., Surface reconstruction from unorganized points, SIGGRAPH 1992, sections 3.2 and 3.3.
    Differs  1. The tree that carries the orientation spans the neighbour graph alone, without the Euclidean tree, so
                distant pieces are oriented apart. 2. The root of a piece is its highest point along z, as there, but
                the whole piece turns when most of its normals look at its centre.
    """
    points = np.asarray(points, dtype=np.float64)
    if k < 3 or len(points) < 3:
        raise ParameterError(f"Normals from {min(k, len(points))} neighbours mean nothing.", "Give at least three.")
    k = min(k, len(points))
    neighbours = cKDTree(points).query(points, k=k)[1]
    around = points[neighbours] - points[neighbours].mean(axis=1, keepdims=True)
    # The direction in which the neighbourhood extends least.
    normals = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))[1][:, :, 0]
    return normals * _signs(points, normals, neighbours)[:, None]


def _signs(points: np.ndarray, normals: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """(n,) ±1 that make neighbouring normals agree, carried along the tree of least bending."""
    n, k = neighbours.shape
    first = np.repeat(np.arange(n), k - 1)
    second = neighbours[:, 1:].reshape(-1)
    # Weight 0 would mean no edge at all.
    bending = 1.0 - np.abs(np.einsum("ij,ij->i", normals[first], normals[second])) + 1e-6
    graph = coo_matrix((bending, (first, second)), shape=(n, n)).tocsr()
    # A pair may be neighbours one way or both; the larger of the two entries serves as the undirected weight.
    tree = minimum_spanning_tree(graph.maximum(graph.T)).tocoo()
    count, piece = connected_components(tree, directed=False)
    # One more node, joined to the highest point of every piece, makes a single tree of all pieces.
    highest = np.argsort(points[:, 2], kind="stable")
    roots = np.empty(count, np.int64)
    roots[piece[highest]] = highest
    ends = np.concatenate([tree.row, roots]), np.concatenate([tree.col, np.full(count, n)])
    joined = coo_matrix((np.ones(len(ends[0])), ends), shape=(n + 1, n + 1)).tocsr()
    order, parents = breadth_first_order(joined, n, directed=False)
    signs = _carried(order, parents, np.vstack([normals, np.zeros(3)]))[:n]
    centres = np.stack([np.bincount(piece, points[:, i]) for i in range(3)], axis=1) / np.bincount(piece)[:, None]
    outward = np.einsum("ij,ij->i", points - centres[piece], normals) * signs
    return signs * np.where(np.bincount(piece, outward) < 0, -1.0, 1.0)[piece]


def _carried(order: np.ndarray, parents: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """The product of all turns between neighbours on the way from the root to each node."""
    place = np.empty(len(parents), np.int64)
    place[order] = np.arange(len(order))
    above = np.concatenate([[0], place[parents[order[1:]]]])
    against = np.einsum("ij,ij->i", normals[order[1:]], normals[parents[order[1:]]]) < 0
    turns = np.concatenate([[1.0], np.where(against, -1.0, 1.0)])
    # Each round doubles how far up the tree the product reaches.
    while above.any():
        turns = turns * turns[above]
        above = above[above]
    signs = np.empty(len(order))
    signs[order] = turns
    return signs


def vertex_normals(shape: Shape) -> np.ndarray:
    """(n, 3) unit normals of a shape: its own, else of its faces weighted by area, else estimated from its points.

    A vertex of no face, or in the fold of opposite faces, gets the zero vector.
    """
    if shape.normals is not None:
        return shape.normals
    if shape.is_cloud:
        return estimate_normals(shape.vertices)
    corners = shape.vertices[shape.faces]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    at = shape.faces.reshape(-1)
    weights = np.repeat(doubled, 3, axis=0)
    total = np.stack([np.bincount(at, weights[:, i], shape.n_vertices) for i in range(3)], axis=1)
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.divide(total, lengths, out=np.zeros_like(total), where=lengths > 0)
