"""Small shapes with known correspondence: blobs that bend, and blobs with a left and a right."""

import numpy as np
import trimesh

from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def rotation(seed: int) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    q *= np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else q[:, ::-1]


def blob(subdivisions: int = 3, *, symmetric: bool = False, seed: int = 0) -> Shape:
    """A long ball with bumps; `symmetric` ones have a mirror plane y = 0 and no other symmetry."""
    sphere = trimesh.creation.icosphere(subdivisions)
    directions = np.array(sphere.vertices)
    generator = np.random.default_rng(seed)
    radius = np.ones(len(directions))
    for height in generator.uniform(0.25, 0.5, 7):
        center = generator.standard_normal(3)
        centers = [center, center * [1, -1, 1]] if symmetric else [center]
        for point in centers:
            radius += height * np.exp(-8 * (1 - directions @ (point / np.linalg.norm(point))))
    vertices = directions * radius[:, None] * [1.8, 1.0, 0.8]
    return Shape(vertices, np.array(sphere.faces), f"blob-{seed}")


def mirrored_index(shape: Shape) -> np.ndarray:
    """For each vertex of a symmetric blob the one across the plane y = 0."""
    gaps = np.linalg.norm(shape.vertices[:, None] - (shape.vertices * [1, -1, 1])[None], axis=2)
    return gaps.argmin(axis=1)


def bent(shape: Shape, curvature: float = 0.12) -> Shape:
    """Rolled around an axis along y: lengths in the middle surface stay, a mirror plane y = 0 stays."""
    x, y, z = shape.vertices.T
    angle, radius = curvature * x, 1 / curvature - z
    rolled = np.column_stack([np.sin(angle) * radius, y, 1 / curvature - np.cos(angle) * radius])
    return shape.replace(vertices=rolled, name=f"{shape.name}-bent")


def permuted(shape: Shape, seed: int) -> tuple[Shape, np.ndarray]:
    """The shape with its vertices in another order, and for each old vertex the new index."""
    order = np.random.default_rng(seed).permutation(shape.n_vertices)
    new_index = np.argsort(order)
    faces = new_index[shape.faces] if shape.n_faces else shape.faces
    return shape.replace(vertices=shape.vertices[order], faces=faces), new_index


def unit_basis(shape: Shape, k: int) -> Basis:
    """The basis of the shape scaled to unit area."""
    scaled = shape.replace(vertices=shape.vertices / np.sqrt(shape.area))
    return eigenbasis(scaled, EigenbasisOptions(k=k), cache=False)


def mean_error(found: np.ndarray, truth: np.ndarray, shape_b: Shape) -> float:
    """100 × mean straight distance / √area: near zero exactly when the geodesic error is."""
    gaps = np.linalg.norm(shape_b.vertices[found] - shape_b.vertices[truth], axis=1)
    return 100 * float(gaps.mean()) / np.sqrt(shape_b.area)
