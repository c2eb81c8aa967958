"""How distances and probes are drawn on their shapes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.marks import PALETTE, Marks

WAY_RADIUS = 0.003
"""Of the line of a distance, thick enough to stand out of the surface it runs along."""
PROBE_RADIUS = 0.009


def distance_marks(
    scene: Scene, item: DistanceItem, places: Mapping[str, np.ndarray], color: tuple[float, float, float]
) -> Marks:
    """A ball on either end, and the way between them."""
    shape = scene[item.owner]
    way = (item.measured.path - shape.centre) / (shape.shape.diagonal or 1.0)
    points = _placed(shape, places, np.concatenate([shape.unit_vertices[[item.start, item.end]], way]))
    # Without a way the line goes through the air.
    steps = np.arange(len(way) - 1)
    edges = np.stack([steps, steps + 1], axis=1) + 2 if len(way) > 1 else np.array([[0, 1]])
    balls, lines = (np.tile(color, (count, 1)) for count in (len(points), len(edges)))
    return Marks(points, balls, WAY_RADIUS, edges, lines, width=WAY_RADIUS)


def probe_marks(scene: Scene, item: ProbesItem, places: Mapping[str, np.ndarray]) -> Marks:
    """A ball on each probe, in the colour of its row and its line."""
    shape = scene[item.owner]
    points = _placed(shape, places, shape.unit_vertices[list(item.vertices)])
    return Marks(points, PALETTE[np.arange(len(points)) % len(PALETTE)], PROBE_RADIUS)


def _placed(shape: ShapeItem, places: Mapping[str, np.ndarray], points: np.ndarray) -> np.ndarray:
    matrix = places[shape.id]
    return points @ matrix[:3, :3].T + matrix[:3, 3]
