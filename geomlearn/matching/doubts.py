"""What two shapes themselves say against matching them: rims, handles, and having no features at all."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geomlearn.matching.learned.inputs import signatures
from geomlearn.matching.prepared import Prepared
from geomlearn.shapes.describe import describe
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.cotan import edge_table

# Rims longer than this, in √area, are where something was cut off; holes of scans are smaller.
OPEN_RIM = 0.3
# Logarithms of signatures that deviate by less over a shape (median over energies) say nothing: spheres have .003,
# tori .2, animals .7.
FEATURELESS = 0.02


def suspicion(*shapes: Shape) -> list[str]:
    """What the rims say when a match went wrong: low modes of a part and of the whole do not correspond."""
    (closed_rim, closed), (open_rim, part) = sorted((rim_length(s), s.name) for s in shapes)
    if not closed_rim < OPEN_RIM < open_rim:
        return []
    return [f"{part} has long open rims and {closed} has not: if it is only a part of it, use --method registration."]


def handles(*shapes: Shape) -> list[str]:
    """A sentence where closed shapes have different numbers of handles."""
    if any(shape.is_cloud for shape in shapes):
        return []
    genera = [describe(shape).genus for shape in shapes]
    if None in genera or genera[0] == genera[1]:
        return []
    named = " and ".join(f"{shape.name} has {genus}" for shape, genus in zip(shapes, genera, strict=True))
    return [f"{named} handles: no map between them is continuous, and near the handles none is right."]


def featureless(*sides: Prepared) -> list[str]:
    """A sentence where a shape looks the same at every point, so that no map is better than its turned copies."""
    names = [side.whole.name for side in sides if _variety(side) < FEATURELESS]
    if not names:
        return []
    looks = f"{names[0]} looks" if len(names) == 1 else f"{names[0]} and {names[1]} look"
    return [f"{looks} alike from everywhere: every turn of a map is as good, and only landmarks can tell."]


def _variety(side: Prepared) -> float:
    """Median deviation of the logarithms of signatures over the shape."""
    return float(np.median(signatures(side.basis, side.samples).std(axis=0)))


def rim_length(shape: Shape) -> float:
    """Length of the edges with one face, over √area; 0 for clouds, which do not tell."""
    ends = shape.vertices[_rim(shape)]
    return float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).sum() / np.sqrt(shape.area)) if len(ends) else 0.0


def long_rims(shape: Shape) -> np.ndarray:
    """(n,) whether vertices lie on an open rim where something was cut off, longer than those of small holes."""
    edges = _rim(shape)
    marked = np.zeros(shape.n_vertices, bool)
    if not len(edges):
        return marked
    n = shape.n_vertices
    rims = connected_components(coo_array((np.ones(len(edges)), edges.T), shape=(n, n)), directed=False)[1]
    lengths = np.linalg.norm(shape.vertices[edges[:, 0]] - shape.vertices[edges[:, 1]], axis=1)
    long = np.bincount(rims[edges[:, 0]], lengths, n) > OPEN_RIM * np.sqrt(shape.area)
    marked[edges] = long[rims[edges]]
    return marked


def _rim(shape: Shape) -> np.ndarray:
    """(r, 2) ends of the edges with one face; none of clouds."""
    if shape.is_cloud:
        return np.zeros((0, 2), np.int64)
    edges, counts, _ = edge_table(shape.faces)
    return edges[counts == 1]
