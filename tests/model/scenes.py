"""Small scenes for tests of the model and the window."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.scene import Scene
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis


def octahedron(name: str = "octa", scale: float = 1.0) -> Shape:
    vertices = scale * np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    return Shape(vertices, np.array(faces), name=name)


def shape_item(label: str = "octa", source: str = "", scale: float = 1.0) -> ShapeItem:
    return ShapeItem(label=label, shape=octahedron(label, scale), source=source)


def basis_of(item: ShapeItem, k: int = 4, seed: int = 0) -> BasisItem:
    n = item.shape.n_vertices
    evecs = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, k)))[0]
    return BasisItem(
        label=f"{item.label} basis", owner=item.id, basis=Basis(np.arange(k, dtype=float), evecs, np.ones(n))
    )


def field_of(item: ShapeItem, n_times: int = 5, seed: int = 0) -> FieldItem:
    values = np.random.default_rng(seed).normal(size=(n_times, item.shape.n_vertices))
    return FieldItem(label=f"{item.label} field", owner=item.id, times=np.linspace(0, 1, n_times), values=values)


def match_of(first: ShapeItem, second: ShapeItem) -> MatchItem:
    order = np.arange(first.shape.n_vertices)
    return MatchItem(label="match", shape_a=first.id, shape_b=second.id, map_ab=order, map_ba=order)


def pair_scene() -> tuple[Scene, ShapeItem, ShapeItem]:
    """Two shapes, a basis and a field on the first, a match between them."""
    first, second = shape_item("cat", "cat.off"), shape_item("dog", "dog.off", scale=100.0)
    scene = Scene().put([first, second, basis_of(first), field_of(first), match_of(first, second)])
    return scene, first, second
