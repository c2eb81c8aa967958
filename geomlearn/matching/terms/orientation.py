"""Telling left from right: derivatives along the surface, operators that flip sign in a mirror, and a local test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.spatial import cKDTree

from geomlearn.core.errors import MeshError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

# Neighbours that fix the tangent plane and the gradient at a cloud point.
CLOUD_NEIGHBOURS = 12
# Modes after the constant by which it is told whether a map keeps orientation.
LOW_MODES = slice(1, 10)
# A mesh with a larger share of edges run twice in the same direction has no reliable sides.
INCONSISTENT_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class SurfaceCalculus:
    """First derivatives on q elements of an oriented surface: faces of a mesh, points of a cloud.

    Attributes
    ----------
    areas (q,)            of the elements, in squared units.
    average (q, n) csr    values at vertices → values on elements; rows sum to 1.
    along, across (q, n)  csr derivatives in two orthogonal tangent directions; along × across points outward.
    """

    areas: np.ndarray
    average: sp.csr_array
    along: sp.csr_array
    across: sp.csr_array

    def jacobians(self, functions: np.ndarray) -> np.ndarray:
        """(q, c(c−1)/2) values ⟨n, ∇f × ∇g⟩ of the pairs of functions (n, c); a mirror changes their sign."""
        return jacobians(self.along @ functions, self.across @ functions)

    @cached_property
    def to_vertices(self) -> sp.csr_array:
        """(n, q) the mean over the elements around each vertex, by their areas; rows of zeros where there are none."""
        weights = (sp.diags_array(self.areas) @ self.average).T.tocsr()
        total = np.maximum(weights.sum(axis=1), np.finfo(float).tiny)
        return (sp.diags_array(1 / total) @ weights).tocsr()

    def restricted(self, elements: np.ndarray) -> SurfaceCalculus:
        """The same on some elements only."""
        rows = (matrix[elements] for matrix in (self.average, self.along, self.across))
        return SurfaceCalculus(self.areas[elements], *rows)


def jacobians(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """(q, c(c−1)/2) values ⟨n, ∇f × ∇g⟩ of the pairs of c functions, from their derivatives (q, c) both ways."""
    f, g = np.triu_indices(along.shape[1], 1)
    return along[:, f] * across[:, g] - across[:, f] * along[:, g]


def cosines(on_a: np.ndarray, on_b: np.ndarray) -> np.ndarray:
    """(s,) in [−1, 1] between the rows of two arrays (s, p) of Jacobians: 1 the same way round, −1 the other."""
    norms = np.linalg.norm(on_a, axis=1) * np.linalg.norm(on_b, axis=1)
    return np.einsum("ij,ij->i", on_a, on_b) / np.maximum(norms, np.finfo(float).tiny)


def surface_calculus(shape: Shape) -> SurfaceCalculus:
    """Derivatives on a shape, oriented outward.

    The outside of a closed mesh is where its volume is positive. Meshes whose faces disagree about their sides, and
    clouds, get normals propagated along a spanning tree of near neighbours.

    Raises
    ------
    MeshError   the shape has no area, or fewer than 4 points.

    Source   Hoppe et al. 1992 for the propagation of normals.
    """
    if shape.is_cloud or _disagreement(shape.faces) > INCONSISTENT_SHARE:
        return _cloud_calculus(shape)
    return _mesh_calculus(shape)


def orientation_operators(calculus: SurfaceCalculus, basis: Basis, descriptors: np.ndarray, k: int) -> np.ndarray:
    """Matrices of g ↦ ⟨n, ∇f × ∇g⟩ for each descriptor f, in the first k modes.

    Parameters
    ----------
    descriptors (n, c).

    Returns
    -------
    (c, k, k); those of a mirrored shape have the opposite sign.

    Source   Ren, Poulenard, Wonka, Ovsjanikov 2018, arXiv 1806.04455, section 4.
    """
    modes = basis.evecs[:, :k]
    along, across = calculus.along @ modes, calculus.across @ modes
    f_along, f_across = calculus.along @ descriptors, calculus.across @ descriptors
    weighted = (calculus.areas[:, None] * (calculus.average @ modes)).T
    operators = np.empty((descriptors.shape[1], k, k))
    for s in range(descriptors.shape[1]):
        operators[s] = weighted @ (f_along[:, [s]] * across - f_across[:, [s]] * along)
    return operators


class OrientationTest:
    """How well maps between two shapes keep orientation around vertices of A.

    Low modes of B are pulled back to A by the functional map; the Jacobians of their pairs are compared with those on
    B at the images of the vertices. What does not depend on the map is computed once.

    Parameters
    ----------
    calculus_a, calculus_b, basis_a, basis_b  of the two shapes;  vertices_a  those to judge, all when absent.
    """

    def __init__(
        self,
        calculus_a: SurfaceCalculus,
        calculus_b: SurfaceCalculus,
        basis_a: Basis,
        basis_b: Basis,
        vertices_a: np.ndarray | None = None,
    ) -> None:
        self._modes_a = basis_a.evecs
        self._on_b = calculus_b.to_vertices @ calculus_b.jacobians(basis_b.evecs[:, LOW_MODES])
        at_a = calculus_a.to_vertices if vertices_a is None else calculus_a.to_vertices[vertices_a]
        # Only elements around the vertices judged matter.
        around = np.unique(at_a.indices)
        self._at_a, self._around_a = at_a[:, around], calculus_a.restricted(around)

    def agreement(self, fmap_ba: np.ndarray, map_ab: np.ndarray) -> np.ndarray:
        """For each vertex judged a cosine in [−1, 1]: 1 keeps orientation, −1 reverses it, 0 tells nothing.

        Parameters
        ----------
        fmap_ba (k_a, k_b)  carries functions of B to A;  map_ab  indices on B of the images of the vertices judged.
        """
        pulled = self._modes_a[:, : len(fmap_ba)] @ fmap_ba[:, LOW_MODES]
        on_a = self._at_a @ self._around_a.jacobians(pulled)
        return cosines(on_a, self._on_b[map_ab])


def _disagreement(faces: np.ndarray) -> float:
    """Share of half edges that another face runs in the same direction."""
    half = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    code = half[:, 0] * (int(faces.max()) + 1) + half[:, 1]
    return 1 - len(np.unique(code)) / len(code)


def _mesh_calculus(shape: Shape) -> SurfaceCalculus:
    areas = shape.face_areas
    sound = areas > 1e-10 * areas.mean()
    if not sound.any():
        raise MeshError(f"The faces of {shape.name} have no area.", "Check the file.")
    faces, areas = shape.faces[sound], areas[sound]
    p0, p1, p2 = (shape.vertices[faces[:, c]] for c in range(3))
    normals = np.cross(p1 - p0, p2 - p0) / (2 * areas)[:, None]
    if _faces_inward((p0 + p1 + p2) / 3, normals, areas):
        normals = -normals
    edges = np.stack([p2 - p1, p0 - p2, p1 - p0], axis=1)
    along = p1 - p0
    along /= np.linalg.norm(along, axis=1)[:, None]
    across = np.cross(normals, along)
    # The gradient of the hat function of a corner is the opposite edge turned inward by a right angle, over twice
    # the area; the turn follows the order of the corners, whichever way the outside is.
    turned = np.cross(np.cross(p1 - p0, p2 - p0)[:, None, :], edges) / (4 * areas**2)[:, None, None]
    derivatives = [np.einsum("fcx,fx->fc", turned, direction) for direction in (along, across)]
    return SurfaceCalculus(
        areas,
        _rows_of(np.full(faces.shape, 1 / 3), faces, shape.n_vertices),
        *(_rows_of(values, faces, shape.n_vertices) for values in derivatives),
    )


def _cloud_calculus(shape: Shape) -> SurfaceCalculus:
    n = shape.n_vertices
    if n < 4:
        raise MeshError(f"{shape.name} has {n} points; a surface needs 4.", "Check the file.")
    count = min(CLOUD_NEIGHBOURS, n - 1)
    distances, neighbours = cKDTree(shape.vertices).query(shape.vertices, k=count + 1)
    offsets = shape.vertices[neighbours] - shape.vertices[:, None, :]
    _, _, axes = np.linalg.svd(offsets, full_matrices=False)
    areas = np.pi * distances[:, -1] ** 2 / count
    normals = _propagated(axes[:, 2], neighbours, distances)
    if _faces_inward(shape.vertices, normals, areas):
        normals = -normals
    along = axes[:, 0]
    across = np.cross(normals, along)
    plane = np.stack([np.einsum("nkx,nx->nk", offsets, d) for d in (along, across)], axis=2)
    slopes = np.linalg.pinv(plane, rcond=1e-6)
    # The point itself is among its neighbours with offset zero: its weight balances the others.
    slopes[:, :, 0] -= slopes.sum(axis=2)
    return SurfaceCalculus(
        areas,
        sp.eye_array(n, format="csr"),
        *(_rows_of(slopes[:, axis], neighbours, n) for axis in range(2)),
    )


def _propagated(normals: np.ndarray, neighbours: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Normals with signs that agree along the tree of neighbours that bends least; each component starts outward."""
    n, count = neighbours.shape
    rows, columns = np.repeat(np.arange(n), count - 1), neighbours[:, 1:].ravel()
    bend = 1.0 - np.abs(np.einsum("ij,ij->i", normals[rows], normals[columns])) + 1e-6
    tree = minimum_spanning_tree(sp.csr_array((bend, (rows, columns)), shape=(n, n)))
    both = tree + tree.T
    signed = normals.copy()
    seen = np.zeros(n, bool)
    for seed in range(n):
        if seen[seed]:
            continue
        order, parent = breadth_first_order(both, seed, directed=False)
        seen[order] = True
        for i in order[1:]:
            if signed[i] @ signed[parent[i]] < 0:
                signed[i] = -signed[i]
    return signed


def _faces_inward(centers: np.ndarray, normals: np.ndarray, areas: np.ndarray) -> bool:
    """Six times the enclosed volume is negative; for open surfaces, seen from the centroid."""
    middle = areas @ centers / areas.sum()
    return float(areas @ np.einsum("ij,ij->i", centers - middle, normals)) < 0


def _rows_of(values: np.ndarray, columns: np.ndarray, n: int) -> sp.csr_array:
    """(q, n) matrix with `values[i]` at `columns[i]` in row i."""
    count = values.shape[1]
    pointers = np.arange(0, values.size + 1, count)
    # Sorted row by row here: scipy would sort the arrays it is given in place, and `columns` is shared.
    order = np.argsort(columns, axis=1)
    values, columns = np.take_along_axis(values, order, axis=1), np.take_along_axis(columns, order, axis=1)
    return sp.csr_array((values.ravel(), columns.ravel(), pointers), shape=(len(values), n))
