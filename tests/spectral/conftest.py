"""Surfaces whose spectra are known, and a cache that stays out of the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest

from geomlearn.shapes.shape import Shape


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


@pytest.fixture(scope="session")
def sphere() -> Callable[[int], Shape]:
    """sphere(level): the unit icosphere with 10·4^level + 2 vertices."""
    import trimesh

    @lru_cache
    def make(level: int) -> Shape:
        mesh = trimesh.creation.icosphere(subdivisions=level)
        return Shape(mesh.vertices, mesh.faces, "sphere")

    return make


@pytest.fixture(scope="session")
def square() -> Callable[[int], Shape]:
    """square(n): the unit square as n × n cells of two triangles."""

    def make(n: int) -> Shape:
        x, y = np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1), indexing="ij")
        vertices = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
        low = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
        right, up, across = low + n + 1, low + 1, low + n + 2
        faces = np.vstack([np.column_stack([low, right, across]), np.column_stack([low, across, up])])
        return Shape(vertices, faces, "square")

    return make


@pytest.fixture(scope="session")
def blob(sphere: Callable[[int], Shape]) -> Shape:
    """A closed surface of 642 vertices without any symmetry: its spectrum is simple."""
    unit = sphere(3).vertices
    radius = 1 + 0.2 * np.sin(2 * unit @ [1.0, 0.3, -0.2] + 0.5) + 0.15 * np.cos(3 * unit @ [0.2, -1.0, 0.7])
    return Shape(unit * radius[:, None] * [1.0, 1.3, 0.8], sphere(3).faces, "blob")


@pytest.fixture(scope="session")
def together() -> Callable[..., Shape]:
    """together(a, b, …): the disjoint union of meshes."""

    def make(*shapes: Shape) -> Shape:
        starts = np.cumsum([0, *(shape.n_vertices for shape in shapes[:-1])])
        faces = [shape.faces + start for shape, start in zip(shapes, starts, strict=True)]
        return Shape(np.vstack([shape.vertices for shape in shapes]), np.vstack(faces), "union")

    return make
