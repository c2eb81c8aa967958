"""The point of a shape nearest to a point: a face with barycentric coordinates, or a point of a cloud."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geomlearn.shapes.shape import Shape

_AT_ONCE = 50_000


class OnShape(NamedTuple):
    """Points of a shape: a function f on its vertices has the value ``(shares * f[corners]).sum(1)`` there.

    Attributes
    ----------
    corners (n, 3)   vertex indices;  shares (n, 3)  ≥ 0, summing to 1: on a cloud the nearest vertex has it all.
    distances (n,)   how far the points lie that were asked about, in length units.
    """

    corners: np.ndarray
    shares: np.ndarray
    distances: np.ndarray


def nearest_on(shape: Shape, points: np.ndarray) -> OnShape:
    """The point of a shape nearest to each of some points (n, 3).

    Differs  only the faces around the nearest vertex are looked at: exact where faces are not much larger than the
             distance between neighbours, and never worse than the nearest vertex.
    """
    from scipy.spatial import cKDTree

    distances, nearest = cKDTree(shape.vertices).query(points)
    corners, shares = np.repeat(nearest[:, None], 3, axis=1), np.tile([1.0, 0.0, 0.0], (len(points), 1))
    if not shape.is_cloud:
        around = _faces_around(shape)
        for first in range(0, len(points), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            _refine(shape, around, points[some], nearest[some], corners[some], shares[some], distances[some])
    return OnShape(corners, shares, distances)


def _refine(shape, around, points, nearest, corners, shares, distances) -> None:
    """Move each point from its nearest vertex to the nearest of the faces around it, in place."""
    for faces in around.T:
        face = faces[nearest]
        some = np.flatnonzero(face >= 0)
        if len(some) == 0:
            continue
        vertices = shape.faces[face[some]]
        found = _closest(shape.vertices[vertices], points[some])
        there = np.einsum("ij,ijk->ik", found, shape.vertices[vertices])
        away = np.linalg.norm(points[some] - there, axis=1)
        better = away < distances[some]
        some, found, vertices = some[better], found[better], vertices[better]
        corners[some], shares[some], distances[some] = vertices, found, away[better]


def _faces_around(shape: Shape) -> np.ndarray:
    """(n, valence) faces at each vertex, filled up with −1."""
    flat = shape.faces.ravel()
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=shape.n_vertices)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    table = np.full((shape.n_vertices, counts.max()), -1)
    column = np.arange(len(flat)) - np.repeat(starts, counts)
    table[np.repeat(np.arange(shape.n_vertices), counts), column] = order // 3
    return table


def _closest(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, 3) barycentric coordinates of the point of each triangle (n, 3, 3) nearest to each point (n, 3)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    d20, d21 = _dot(ap, ab), _dot(ap, ac)
    area = np.maximum(d00 * d11 - d01**2, np.finfo(float).tiny)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.stack([1 - v - w, v, w], axis=1)
    candidates = [_on_edge(triangles, points, i, j) for i, j in ((0, 1), (1, 2), (2, 0))]
    best = np.stack(candidates)
    away = np.linalg.norm(np.einsum("eij,ijk->eik", best, triangles) - points, axis=2)
    edge = best[away.argmin(axis=0), np.arange(len(points))]
    return np.where(np.all(inside >= 0, axis=1, keepdims=True), inside, edge)


def _on_edge(triangles: np.ndarray, points: np.ndarray, i: int, j: int) -> np.ndarray:
    start, along = triangles[:, i], triangles[:, j] - triangles[:, i]
    share = np.clip(_dot(points - start, along) / np.maximum(_dot(along, along), np.finfo(float).tiny), 0, 1)
    found = np.zeros((len(points), 3))
    found[:, i], found[:, j] = 1 - share, share
    return found


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)
