"""Shapes as their first modes rebuild them."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.spectral.compare import reconstruct


def drawn_vertices(scene: Scene, item: ShapeItem) -> np.ndarray:
    """(n, 3) in the unit frame: the vertices, or what the first `rebuilt_k` modes make of them."""
    source = scene.items.get(item.rebuilt_from)
    if item.rebuilt_k <= 0 or not isinstance(source, BasisItem):
        return item.unit_vertices
    return reconstruct(source.basis, item.unit_vertices, min(item.rebuilt_k, source.basis.k))
