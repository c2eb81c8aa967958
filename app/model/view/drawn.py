"""Shapes in another form than their own: as their first modes rebuild them, or moved along a shape model."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.forms import ShapeModelItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.spectral.compare import reconstruct


def form_of(scene: Scene, item: ShapeItem) -> tuple[object, ...]:
    """Equal where the same vertices are drawn; empty for the shape's own."""
    rebuilt = (item.rebuilt_from, item.rebuilt_k) if item.rebuilt_k > 0 and item.rebuilt_from in scene else ()
    moved = (item.model, item.deviations) if any(item.deviations) and item.model in scene else ()
    return rebuilt + moved


def drawn_vertices(scene: Scene, item: ShapeItem) -> np.ndarray:
    """(n, 3) in the unit frame of the shape: its vertices moved along its model, and what its modes make of them."""
    vertices = item.unit_vertices
    model = scene.items.get(item.model)
    if isinstance(model, ShapeModelItem) and any(item.deviations):
        vertices = vertices + model.moved(item.deviations) / (item.shape.diagonal or 1.0)
    basis = scene.items.get(item.rebuilt_from)
    if item.rebuilt_k > 0 and isinstance(basis, BasisItem):
        vertices = reconstruct(basis.basis, vertices, min(item.rebuilt_k, basis.basis.k))
    return vertices
