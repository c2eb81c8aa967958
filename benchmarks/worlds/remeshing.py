"""A posed surface meshed anew, on its own, each vertex knowing where on the surface at rest it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

Style = Literal["as made", "isotropic", "decimated", "anisotropic"]
STYLES: tuple[Style, ...] = ("isotropic", "decimated", "anisotropic")
# Neighbours looked at, to find one on the same side where limbs touch, and how far its normal may turn (cosine).
CANDIDATES, FACING = 16, 0.3
# Farther from any vertex of B than this part of √area at rest, a vertex of A has no partner.
NO_PARTNER = 0.03


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape whose vertices know their place on a surface at rest.

    Attributes
    ----------
    shape             the mesh or cloud.
    rest (n, 3)       places at rest, which only shapes of one kind share; x = 0 is the plane of symmetry.
    rest_normals (n, 3)   outward there.
    kind              "body", or the family of a creature.
    """

    shape: Shape
    rest: np.ndarray
    rest_normals: np.ndarray
    kind: str

    def only(self, kept: np.ndarray) -> Placed:
        """Restricted to vertices (k,), in ascending order, and the faces between them."""
        place = np.full(self.shape.n_vertices, -1)
        place[kept] = np.arange(len(kept))
        faces = place[self.shape.faces]
        shape = Shape(self.shape.vertices[kept], faces[(faces >= 0).all(axis=1)], self.shape.name)
        return Placed(shape, self.rest[kept], self.rest_normals[kept], self.kind)

    def moved(self, vertices: np.ndarray) -> Placed:
        """The same mesh with other coordinates (n, 3)."""
        return replace(self, shape=Shape(vertices, self.shape.faces, self.shape.name))


def true_places(a: Placed, b: Placed, *, symmetric: bool = False) -> np.ndarray:
    """map_ab (n_a,): the vertex of B nearest at rest on the same side of thin parts; −1 where B has nothing there.

    Parameters
    ----------
    symmetric   the map that exchanges left and right.
    """
    flip = np.array((-1, 1, 1)) if symmetric else np.ones(3)
    points, normals = a.rest * flip, a.rest_normals * flip
    scale = np.sqrt(_area_of(a, b))
    far, near = cKDTree(b.rest).query(points, k=min(CANDIDATES, len(b.rest)))
    turned = np.einsum("ij,ikj->ik", normals, b.rest_normals[near]) < 0
    best = (far + turned * scale).argmin(axis=1)
    rows = np.arange(len(near))
    return np.where(far[rows, best] < NO_PARTNER * scale, near[rows, best], -1)


def _area_of(a: Placed, b: Placed) -> float:
    """Area at rest of the more complete of two shapes, by its faces; a cloud's by its box."""
    areas = []
    for placed in (a, b):
        corners = placed.rest[placed.shape.faces]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        areas.append(np.linalg.norm(cross, axis=1).sum() / 2)
        areas.append(0.5 * float(np.ptp(placed.rest, axis=0).max()) ** 2 if placed.shape.is_cloud else 0.0)
    return max(areas)


class Surface:
    """A surface at rest and posed, cut fine, that new meshes are put back on.

    Parameters
    ----------
    rest, posed (n, 3), faces (m, 3)   the same mesh twice;  kind   of `Placed`.
    """

    def __init__(self, rest: np.ndarray, posed: np.ndarray, faces: np.ndarray, kind: str) -> None:
        self._coarse = posed, faces
        middle, self._faces = _midpoints(faces)
        self._rest = np.concatenate([rest, rest[middle].mean(axis=1)])
        self._posed = np.concatenate([posed, posed[middle].mean(axis=1)])
        self._tree = cKDTree(self._posed)
        self._normals = vertex_normals(Shape(self._posed, self._faces))
        self._rest_normals = vertex_normals(Shape(self._rest, self._faces))
        self._kind = kind

    def meshed(self, style: Style, n_vertices: int, rng: np.random.Generator, name: str = "") -> Placed:
        """A new mesh of about so many vertices.

        Parameters
        ----------
        style   "isotropic": even triangles; "decimated": edges contracted where it is flat, after a little noise;
                "anisotropic": even in a stretched room, so long triangles; "as made": the mesh it was made from.
        """
        vertices, faces = self._coarse
        if style == "as made":
            return self.placed(Shape(vertices, faces, name))
        if style == "decimated":
            return self.placed(Shape(*_decimated(vertices, faces, n_vertices, rng), name))
        stretch = np.eye(3)
        if style == "anisotropic":
            axis = rng.standard_normal(3)
            axis /= np.linalg.norm(axis)
            stretch += (rng.uniform(2.0, 4.0) - 1) * np.outer(axis, axis)
        points, faces = _clustered(vertices @ stretch, faces, n_vertices)
        return self.placed(Shape(points @ np.linalg.inv(stretch), faces, name))

    def placed(self, shape: Shape) -> Placed:
        """Any mesh that lies on this surface."""
        normals = vertex_normals(shape)
        far, near = self._tree.query(shape.vertices, k=CANDIDATES)
        turned = np.einsum("ij,ikj->ik", normals, self._normals[near]) < FACING
        best = near[np.arange(len(near)), (far + turned * far.max()).argmin(axis=1)]
        return Placed(shape, self._rest[best], self._rest_normals[best], self._kind)


def _midpoints(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends (e, 2) of the edges, whose middles become vertices n, n + 1 …, and the faces cut in four."""
    n = faces.max() + 1
    ends = np.sort(np.stack([faces, faces[:, [1, 2, 0]]], axis=2).reshape(-1, 2), axis=1)
    edges, which = np.unique(ends, axis=0, return_inverse=True)
    ab, bc, ca = which.reshape(-1, 3).T + n
    a, b, c = faces.T
    corners = ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))
    return edges, np.concatenate([np.stack(corner, axis=1) for corner in corners])


def _decimated(
    vertices: np.ndarray, faces: np.ndarray, n_vertices: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    import fast_simplification

    while len(vertices) < 1.3 * n_vertices:
        middle, faces = _midpoints(faces)
        vertices = np.concatenate([vertices, vertices[middle].mean(axis=1)])
    spacing = np.sqrt(Shape(vertices, faces).area / len(vertices))
    noisy = vertices + 0.12 * spacing * rng.standard_normal(vertices.shape)
    points, kept = fast_simplification.simplify(
        noisy.astype(np.float32), faces.astype(np.int32), target_count=2 * n_vertices, agg=4
    )
    return _clean(points.astype(float), kept)


def _clustered(vertices: np.ndarray, faces: np.ndarray, n_vertices: int) -> tuple[np.ndarray, np.ndarray]:
    import pyacvd
    import pyvista

    while len(vertices) < 3 * n_vertices:
        middle, faces = _midpoints(faces)
        vertices = np.concatenate([vertices, vertices[middle].mean(axis=1)])
    work = pyacvd.Clustering(pyvista.PolyData(vertices, np.column_stack([np.full(len(faces), 3), faces])))
    work.cluster(n_vertices, maxiter=12)
    made = work.create_mesh()
    return _clean(np.asarray(made.points, float), made.faces.reshape(-1, 4)[:, 1:])


def _clean(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without repeated or degenerate faces and vertices in none."""
    faces = np.asarray(faces, np.int64)
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces = faces[distinct]
    faces = faces[np.sort(np.unique(np.sort(faces, axis=1), axis=0, return_index=True)[1])]
    used, place = np.unique(faces, return_inverse=True)
    return points[used], place.reshape(-1, 3)
