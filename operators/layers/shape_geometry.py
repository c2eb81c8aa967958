"""What networks want to know of a shape: scaled points, areas, eigenfunctions, and a hierarchy of clusters."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geomlearn.operators.layers.shape_batch import Geometry, GeometryNeeds, Level
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Each scale has a quarter of the points of the one before, as on a surface cut to half the resolution.
_RATIO = 4
_NEIGHBORS = 8


def build_geometry(shape: Shape, needs: GeometryNeeds) -> Geometry:
    """What `needs` asks for of one shape.

    Clusters grow along edges, so parts that only come near each other in space stay apart.

    Raises
    ------
    MeshError   the shape has no area.
    """
    k = min(needs.modes, shape.n_vertices)
    basis = eigenbasis(shape, EigenbasisOptions(k=k))
    radius = float(np.sqrt(basis.mass.sum() / (4 * np.pi)))
    mass = basis.mass / basis.mass.sum()
    points = (shape.vertices - mass @ shape.vertices) / radius
    # Orthonormal under areas that add up to one.
    evecs, evals = basis.evecs * np.sqrt(basis.mass.sum()), basis.evals * radius**2
    if k < needs.modes:
        evecs = np.pad(evecs, ((0, 0), (0, needs.modes - k)))
        evals = np.pad(evals, (0, needs.modes - k), constant_values=evals[-1])
    levels = _levels(shape, points, mass, evecs, needs)
    return Geometry(_float(points), _float(_normals(shape)), _float(evals), levels)


def _levels(
    shape: Shape, points: np.ndarray, mass: np.ndarray, evecs: np.ndarray, needs: GeometryNeeds
) -> tuple[Level, ...]:
    n = shape.n_vertices
    depth = round(np.log(max(needs.patch, 1)) / np.log(_RATIO))
    sizes = [max(1, n // _RATIO**level) for level in range(needs.scales + depth)]
    parents, seeds = [], np.arange(n)
    if len(sizes) > 1:
        order, graph = farthest_points(points, sizes[1]), _graph(shape, points)
        for size in sizes[1:]:
            owner = _owners(graph, points, order[:size])
            parents.append(owner[seeds])
            seeds = order[:size]
    levels = []
    for level in range(needs.scales):
        above = np.arange(len(mass))
        for parent in parents[level : level + depth]:
            above = parent[above]
        patches = _members(above) if needs.patch else np.zeros((0, 0), np.int64)
        last = level + 1 == needs.scales
        parent = np.zeros(len(mass), np.int64) if last else parents[level]
        levels.append(Level(_float(mass), _float(evecs), torch.from_numpy(parent), torch.from_numpy(patches)))
        if not last:
            total = np.bincount(parent, mass, minlength=sizes[level + 1])
            mean = np.zeros((sizes[level + 1], evecs.shape[1]))
            np.add.at(mean, parent, mass[:, None] * evecs)
            mass, evecs = total, mean / np.maximum(total, 1e-300)[:, None]
    return tuple(levels)


def _graph(shape: Shape, points: np.ndarray) -> csr_array:
    """Lengths of the edges, of the mesh or between neighbours of a cloud."""
    if shape.is_cloud:
        n = min(_NEIGHBORS, shape.n_vertices - 1)
        _, near = cKDTree(points).query(points, n + 1)
        one, two = np.repeat(np.arange(shape.n_vertices), n), near[:, 1:].ravel()
    else:
        one, two = np.concatenate([shape.faces[:, [i, (i + 1) % 3]] for i in range(3)]).T
    # No edge is free, or coincident vertices would count as unconnected.
    length = np.maximum(np.linalg.norm(points[one] - points[two], axis=1), 1e-9)
    edges = np.unique(np.sort(np.stack([one, two], 1), axis=1), axis=0, return_index=True)
    (low, high), first = edges[0].T, edges[1]
    return coo_array((length[first], (low, high)), shape=(shape.n_vertices,) * 2).tocsr()


def _owners(graph: csr_array, points: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """(n,) the number of the seed nearest along the edges; where no seed is connected, nearest through space."""
    _, _, source = dijkstra(graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    number = np.full(len(points) + 1, -1)
    number[seeds] = np.arange(len(seeds))
    owner = number[np.where(source < 0, len(points), source)]
    alone = owner < 0
    if alone.any():
        owner[alone] = cKDTree(points[seeds]).query(points[alone])[1]
    return owner


def _members(above: np.ndarray) -> np.ndarray:
    """(p, l) the members of each cluster that has any, filled with −1."""
    order = np.argsort(above, kind="stable")
    _, counts = np.unique(above, return_counts=True)
    members = np.full((len(counts), counts.max()), -1)
    members[np.arange(counts.max()) < counts[:, None]] = order
    return members


def _normals(shape: Shape) -> np.ndarray:
    if shape.is_cloud:
        return np.zeros_like(shape.vertices) if shape.normals is None else shape.normals
    corners = shape.vertices[shape.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(shape.vertices)
    for corner in range(3):
        np.add.at(normals, shape.faces[:, corner], across)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)


def _float(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))
