"""Shapes to clean."""

import numpy as np
import pytest

from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.shape import Shape


@pytest.fixture(scope="session")
def ball() -> Shape:
    """A sphere of 642 vertices, with colours."""
    ball = icosphere(8)
    return ball.replace(colors=ball.vertices / 2 + 0.5)


@pytest.fixture(scope="session")
def holed(ball) -> Shape:
    """The same without a cap."""
    kept = ball.vertices[ball.faces].mean(axis=1)[:, 2] < 0.8
    faces = ball.faces[kept]
    used = np.bincount(faces.ravel(), minlength=ball.n_vertices) > 0
    return Shape(ball.vertices[used], (np.cumsum(used) - 1)[faces], "holed", colors=ball.colors[used])


@pytest.fixture(scope="session")
def scan(ball) -> Shape:
    """The vertices of a finer sphere as a cloud, 1 % off it, with an outlier after every hundredth point."""
    points = icosphere(16).vertices
    random = np.random.default_rng(0)
    points = points * (1 + 0.01 * random.normal(size=(len(points), 1)))
    strays = random.normal(size=(25, 3))
    strays *= random.uniform(1.8, 3, (25, 1)) / np.linalg.norm(strays, axis=1, keepdims=True)
    return Shape(np.insert(points, np.arange(1, 26) * 100, strays, axis=0), name="scan")


@pytest.fixture(scope="session")
def strays(scan) -> np.ndarray:
    """(n,) which points of the scan are its outliers."""
    return np.linalg.norm(scan.vertices, axis=1) > 1.5
