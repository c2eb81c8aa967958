"""Shapes with known solutions: spheres, flat squares, clouds."""

from collections.abc import Callable

import numpy as np
import pytest
import trimesh

from geomlearn.shapes.shape import Shape


@pytest.fixture(scope="session")
def icosphere() -> Callable[[int], Shape]:
    """Unit spheres by subdivision: 3 → 642 vertices, 4 → 2562, 5 → 10242."""

    def make(subdivisions: int) -> Shape:
        mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
        return Shape(np.array(mesh.vertices), np.array(mesh.faces), name="icosphere")

    return make


@pytest.fixture(scope="session")
def square() -> Callable[[int], Shape]:
    """The unit square as k × k cells, each cut into two right triangles."""

    def make(k: int) -> Shape:
        x, y = np.meshgrid(np.linspace(0, 1, k + 1), np.linspace(0, 1, k + 1), indexing="ij")
        corner = (np.arange(k)[:, None] * (k + 1) + np.arange(k)).ravel()
        across, up, both = corner + k + 1, corner + 1, corner + k + 2
        faces = np.vstack([np.column_stack([corner, across, both]), np.column_stack([corner, both, up])])
        return Shape(np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)]), faces, name="square")

    return make


@pytest.fixture(scope="session")
def sphere_cloud() -> Callable[[int], Shape]:
    """Points on the unit sphere, evenly spread along a spiral."""

    def make(n: int) -> Shape:
        z = 1 - (2 * np.arange(n) + 1) / n
        angle = np.pi * (1 + 5**0.5) * np.arange(n)
        ring = np.sqrt(1 - z**2)
        return Shape(np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z]), name="cloud")

    return make


@pytest.fixture(scope="session")
def tetrahedron() -> Shape:
    """Regular, edges of length 1: L = (4I − J)/√3 on every function, masses √3/4."""
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(8)
    return Shape(corners, np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]]), name="tetrahedron")


@pytest.fixture(scope="session")
def slivers() -> Shape:
    """A flat rectangle of points strewn so badly along one direction that many cotan weights are negative."""
    points = np.random.default_rng(3).uniform(size=(300, 2))
    points = np.vstack([points, [[0, 0], [0, 1], [1, 0], [1, 1]]])
    from scipy.spatial import Delaunay

    faces = Delaunay(points).simplices
    return Shape(np.column_stack([points * [1.0, 0.12], np.zeros(len(points))]), faces, name="slivers")


@pytest.fixture(scope="session")
def relative_error() -> Callable[[np.ndarray, np.ndarray, np.ndarray], float]:
    """‖u − exact‖/‖exact‖ in the mass norm."""

    def error(u: np.ndarray, exact: np.ndarray, mass: np.ndarray) -> float:
        return float(np.sqrt(mass @ (u - exact) ** 2 / (mass @ exact**2)))

    return error


@pytest.fixture(scope="session")
def eigenpair() -> Callable[..., tuple[float, np.ndarray]]:
    """(λ, φ) number `index` of L φ = λ M φ, densely: the steppers act on φ by scalars known in closed form."""
    from scipy.linalg import eigh

    def pair(domain, index: int) -> tuple[float, np.ndarray]:
        evals, evecs = eigh(domain.stiffness.toarray(), np.diag(domain.mass), subset_by_index=(index, index))
        return float(evals[0]), evecs[:, 0]

    return pair
