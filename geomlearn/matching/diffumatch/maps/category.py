"""A category of shapes with known correspondence: meshes of one canonical surface, and random smooth maps of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.shapes.shape import Shape

PointMap = Callable[[np.ndarray], np.ndarray]
# Canonical neighbours looked at, to find one on the same side of a thin part.
CANDIDATES = 8


@dataclass(frozen=True, eq=False)
class CanonicalMesh:
    """One triangulation of a canonical surface: points (n, 3), faces (m, 3), outward normals (n, 3) there."""

    points: np.ndarray
    faces: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True, eq=False)
class Member:
    """A shape of a category, and which of its meshes the shape was made from."""

    shape: Shape
    mesh: int


@dataclass(frozen=True, eq=False)
class Category:
    """Shapes that correspond because they are images of one canonical surface.

    Attributes
    ----------
    name    kind, number of limbs, and how far members differ.
    meshes  independent triangulations of the canonical surface, of different sizes.
    draw    a random smooth map of canonical points (n, 3) to the points of a new member.
    """

    name: str
    meshes: tuple[CanonicalMesh, ...]
    draw: Callable[[np.random.Generator], PointMap]
    _found: dict[tuple[int, int], np.ndarray] = field(default_factory=dict, repr=False)

    def member(self, rng: np.random.Generator, mesh: int | None = None) -> Member:
        """A random member on mesh number `mesh`, or on any."""
        mesh = int(rng.integers(len(self.meshes))) if mesh is None else mesh
        place = self.draw(rng)
        return Member(Shape(place(self.meshes[mesh].points), self.meshes[mesh].faces, self.name), mesh)

    def true_map(self, a: Member, b: Member) -> np.ndarray:
        """map_ab (n_a,): for each vertex of A the vertex of B that is nearest on the canonical surface."""
        if a.mesh == b.mesh:
            return np.arange(a.shape.n_vertices)
        if (a.mesh, b.mesh) not in self._found:
            self._found[a.mesh, b.mesh] = _nearest(self.meshes[a.mesh], self.meshes[b.mesh])
        return self._found[a.mesh, b.mesh]


def _nearest(start: CanonicalMesh, end: CanonicalMesh) -> np.ndarray:
    distance, near = cKDTree(end.points).query(start.points, k=CANDIDATES)
    turned = np.einsum("ij,ikj->ik", start.normals, end.normals[near]) < 0
    best = (distance + turned * distance.max()).argmin(axis=1)
    return near[np.arange(len(near)), best]
