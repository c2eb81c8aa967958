"""Sphere, torus and a plane with a hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin.meshing import remesh
from geomlearn.shapes.shape import Shape


def sphere(n_vertices: int = 5000, seed: int = 0) -> Shape:
    """The unit sphere with exactly `n_vertices` near-uniform vertices, a spiral turned by chance.

    Source   spiral points: Swinbank & Purser 2006, doi 10.1256/qj.05.227.
    """
    from scipy.spatial import ConvexHull
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(seed)
    index = np.arange(n_vertices) + 0.5
    height = 1 - 2 * index / n_vertices
    angle = np.pi * (1 + np.sqrt(5)) * index
    ring = np.sqrt(1 - height**2)
    points = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    points = Rotation.random(rng=rng).apply(points)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces = ConvexHull(points).simplices.astype(np.int64)
    return Shape(points, _outward(points, faces), name="sphere")


def icosphere(frequency: int) -> Shape:
    """The unit sphere as an icosahedron whose edges are cut in `frequency` parts: 10·frequency² + 2 vertices.

    Meshes of frequency 1, 2, 4, … are nested, so errors on them show their order of convergence.

    Raises
    ------
    ParameterError   `frequency` is below 1.
    """
    if frequency < 1:
        raise ParameterError(f"An icosphere of frequency {frequency} has no faces.", "Give 1 or more.")
    corners, triangles = _icosahedron()
    steps = [(i, j) for i in range(frequency + 1) for j in range(frequency + 1 - i)]
    weights = np.array([(frequency - i - j, i, j) for i, j in steps]) / frequency
    number = {step: k for k, step in enumerate(steps)}
    up = [(number[i, j], number[i + 1, j], number[i, j + 1]) for i, j in steps if i + j < frequency]
    down = [(number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]) for i, j in steps if i + j < frequency - 1]
    local = np.array(up + down, np.int64)
    points = np.einsum("sk,tkd->tsd", weights, corners[triangles]).reshape(-1, 3)
    faces = (local + len(steps) * np.arange(len(triangles))[:, None, None]).reshape(-1, 3)
    # Points on shared edges were made once per triangle; rounding makes the copies equal.
    _, first, merged = np.unique(points.round(9), axis=0, return_index=True, return_inverse=True)
    points = points[first]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return Shape(points, merged.ravel()[faces], name="icosphere")


def torus(n_vertices: int = 5000, seed: int = 0, *, radius: float = 1.0, tube: float = 0.4) -> Shape:
    """A torus about the y axis, with exactly `n_vertices` vertices and near-equilateral triangles.

    Parameters
    ----------
    radius   from the centre to the middle of the tube.
    tube     radius of the tube, less than `radius`.
    """
    rng = np.random.default_rng(seed)
    around = int(np.ceil(np.sqrt(1.7 * n_vertices * radius / tube)))
    across = int(np.ceil(1.7 * n_vertices / around))
    u = (np.arange(around)[:, None] + 0.5 * np.arange(across)) / around * 2 * np.pi + rng.random() * 2 * np.pi
    v = np.broadcast_to(np.arange(across) / across * 2 * np.pi, u.shape)
    ring = radius + tube * np.cos(v)
    points = np.stack([ring * np.cos(u), tube * np.sin(v), ring * np.sin(u)], axis=-1).reshape(-1, 3)
    faces = _periodic_grid(around, across, shift=0.5)

    surface = _Torus(radius, tube)
    draft = remesh(points, faces, np.ones(len(points)), n_vertices, rng, surface=surface, place=np.copy)
    return Shape(draft.seen, draft.faces, name="torus")


@dataclass(frozen=True)
class _Torus:
    radius: float
    tube: float

    def normals(self, points: np.ndarray) -> np.ndarray:
        flat = points * (1, 0, 1)
        offset = points - flat * (self.radius / np.linalg.norm(flat, axis=1, keepdims=True))
        return offset / np.linalg.norm(offset, axis=1, keepdims=True)

    def project(self, points: np.ndarray, steps: int) -> np.ndarray:
        flat = points * (1, 0, 1)
        middle = flat * (self.radius / np.linalg.norm(flat, axis=1, keepdims=True))
        return middle + self.tube * self.normals(points)


def holed_plane(n_vertices: int = 5000, seed: int = 0, *, hole: float = 0.4) -> Shape:
    """The square [−1, 1]² in the plane z = 0 without the disc of radius `hole`: two boundary loops.

    Vertices lie evenly on both loops; those between are spread by relaxation, so the number is met within some percent.
    """
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(seed)
    # Vertices per spacing²: those inside own 2/√3 of area, those on a loop half of it.
    area, outline = 2 / np.sqrt(3) * (4 - np.pi * hole**2), (8 + 2 * np.pi * hole) / 2
    spacing = 2 * area / (np.sqrt(outline**2 + 4 * area * n_vertices) - outline)
    rim = _rim(spacing, hole)
    points = np.concatenate([rim, _between(spacing, hole, rng)])
    for _ in range(_RELAXATIONS):
        triangles = Delaunay(points).simplices
        triangles = triangles[np.linalg.norm(points[triangles].mean(axis=1), axis=1) > hole]
        points = _relaxed(points, triangles, len(rim))
    triangles = Delaunay(points).simplices
    centers = points[triangles].mean(axis=1)
    # On the rim itself a triangle inside the hole has its three corners there.
    inside = (np.linalg.norm(points[triangles], axis=2) < hole * (1 + 1e-9)).all(axis=1)
    triangles = triangles[~inside & (np.linalg.norm(centers, axis=1) > hole * 0.9)]
    flat = np.column_stack([points, np.zeros(len(points))])
    corners = flat[triangles]
    turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0
    triangles[turned] = triangles[turned][:, ::-1]
    return Shape(flat, triangles, name="plane-with-hole")


_RELAXATIONS = 12


def _rim(spacing: float, hole: float) -> np.ndarray:
    """Points on the square's outline, counter-clockwise, and on the circle."""
    side = max(round(2 / spacing), 2)
    t = np.arange(side) / side * 2 - 1
    one = np.ones(side)
    square = np.concatenate([np.stack(p, axis=1) for p in ((t, -one), (one, t), (-t, one), (-one, -t))])
    n_angles = max(round(2 * np.pi * hole / spacing), 6)
    angle = np.arange(n_angles) / n_angles * 2 * np.pi
    return np.concatenate([square, hole * np.stack([np.cos(angle), np.sin(angle)], axis=1)])


def _between(spacing: float, hole: float, rng: np.random.Generator) -> np.ndarray:
    """A hexagonal lattice, shifted and turned by chance, cut to the region."""
    reach = int(np.ceil(2 / spacing)) + 1
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    lattice = np.stack([i + 0.5 * (j % 2), j * np.sqrt(3) / 2], axis=-1).reshape(-1, 2) + rng.random(2)
    turn = rng.random() * np.pi / 3
    lattice = lattice @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * spacing
    free = (np.abs(lattice).max(axis=1) < 1 - 0.55 * spacing) & (
        np.linalg.norm(lattice, axis=1) > hole + 0.55 * spacing
    )
    return lattice[free]


def _relaxed(points: np.ndarray, triangles: np.ndarray, fixed: int) -> np.ndarray:
    """Every free point at the mean of its triangles' centroids, weighted by area."""
    corners = points[triangles]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    total = np.bincount(triangles.ravel(), np.repeat(area, 3), minlength=len(points))
    centroid = corners.mean(axis=1) * area[:, None]
    summed = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(column, 3), minlength=len(points)) for column in centroid.T], axis=1
    )
    moved = summed / np.maximum(total, 1e-300)[:, None]
    moved[:fixed] = points[:fixed]
    return moved


def _periodic_grid(around: int, across: int, shift: float) -> np.ndarray:
    """Triangles of a grid that closes both ways; row j is shifted by `shift`·j, which a whole turn must absorb."""
    i, j = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    wrap = round(shift * across)
    above, turn = (j + 1) % across, (j == across - 1) * wrap

    def number(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return (i % around) * across + j

    a, b = number(i, j), number(i + 1, j)
    c, d = number(i + turn, above), number(i + turn - 1, above)
    return np.concatenate([np.stack([a, c, b], axis=-1).reshape(-1, 3), np.stack([a, d, c], axis=-1).reshape(-1, 3)])


def _outward(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corners = points[faces]
    inward = np.einsum("ij,ij->i", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) < 0
    return np.where(inward[:, None], faces[:, ::-1], faces)


def _icosahedron() -> tuple[np.ndarray, np.ndarray]:
    from scipy.spatial import ConvexHull

    golden = (1 + np.sqrt(5)) / 2
    base = np.array([(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)])
    corners = np.concatenate([np.roll(base, k, axis=1) for k in range(3)]) / np.hypot(1, golden)
    return corners, _outward(corners, ConvexHull(corners).simplices.astype(np.int64))
