"""What is drawn on top of shapes: correspondences, landmarks, selections, arrows, curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import LandmarksItem, MatchItem, position_colors
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.view.arrows import ARROW_COLORS, INK, Solid, arrow_solid, curve_solid, longest
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Place, Vectors

MAX_LINES = 200
"""More lines hide the shapes, and cost seconds without a graphics card."""
PALETTE = (
    np.array(
        [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [213, 94, 0], [86, 180, 233], [240, 228, 66]]
    )
    / 255
)
"""Okabe and Ito's colours, which all common kinds of colour blindness can tell apart."""

SENSOR_RADIUS = 0.012
"""Of a sensor's ball; a shape's diagonal is 1."""


@dataclass(frozen=True)
class Marks:
    """World points (m, 3) with colours (m, 3) and a radius (0 for none), lines between them (e, 2), and triangles."""

    points: np.ndarray
    colors: np.ndarray
    radius: float
    edges: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), int))
    edge_colors: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    solid: Solid | None = None
    solid_colors: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    width: float = 0.0016


def match_lines(scene: Scene, item: MatchItem, places: Mapping[str, np.ndarray]) -> Marks:
    """Lines between evenly spread points of A and their images on B, coloured as the item says."""
    shape_a, shape_b = scene[item.shape_a], scene[item.shape_b]
    n = min(item.n_lines, MAX_LINES, shape_a.shape.n_vertices) if item.show_lines else 0
    if n == 0:
        return Marks(np.zeros((0, 3)), np.zeros((0, 3)), 0.0)
    start = spread_points(shape_a, n)
    points = np.concatenate([_world(shape_a, places, start), _world(shape_b, places, item.map_ab[start])])
    edges = np.stack([np.arange(n), np.arange(n) + n], axis=1)
    colors = line_colors(item, shape_a, start)
    return Marks(points, np.concatenate([colors, colors]), 0.004, edges, colors)


def line_colors(item: MatchItem, shape_a: ShapeItem, start: np.ndarray) -> np.ndarray:
    """(m, 3) colours of the lines from vertices `start` of A: of the place, or dark where doubt or error is large."""
    values = {"confidence": item.doubt(), "error": item.truth.errors if item.truth else None}.get(item.line_colors)
    if values is None:
        return position_colors(shape_a.unit_vertices)[start] * 0.85
    top = float(np.percentile(values, 99)) or float(values.max()) or 1.0
    # The palest fifth of the map would vanish against a light stage.
    level = 0.2 + 0.8 * np.clip(values[start] / top, 0, 1)
    return colormap("ember")[np.round(255 * level).astype(int)]


def landmark_marks(scene: Scene, item: LandmarksItem, places: Mapping[str, np.ndarray]) -> Marks:
    """One ball per landmark, pairs in one colour."""
    points, colors = [], []
    for number, pair in enumerate(item.pairs):
        for key, vertex in zip(item.parents, pair, strict=True):
            if vertex >= 0:
                points.append(_world(scene[key], places, np.array([vertex]))[0])
                colors.append(PALETTE[number % len(PALETTE)])
    return Marks(np.array(points).reshape(-1, 3), np.array(colors).reshape(-1, 3), 0.011)


def selection_marks(
    scene: Scene, item: SelectionItem, places: Mapping[str, np.ndarray], color: tuple[float, float, float]
) -> Marks:
    """A ball on every selected vertex, small where they are many."""
    shape = scene[item.owner]
    points = _world(shape, places, np.array(item.indices, int))
    radius = float(np.clip(0.35 / max(shape.shape.n_vertices, 1) ** 0.5, 0.0015, 0.01))
    return Marks(points, np.tile(color, (len(points), 1)), radius)


def sensor_marks(scene: Scene, item: SensorsItem, places: Mapping[str, np.ndarray]) -> Marks:
    """A ball for each sensor, darker for a larger weight; dead ones are black."""
    weights = item.weights
    low, high = float(weights.min()), float(weights.max())
    level = (weights - low) / (high - low) if high > low else np.full(len(weights), 0.5)
    # The palest part of the map would vanish against a light stage.
    colors = colormap("viridis")[np.round(20 + 215 * (1 - level)).astype(int)]
    colors[list(item.dead)] = 0.0
    points = _world(scene[item.owner], places, np.array(item.vertices))
    return Marks(points, colors, SENSOR_RADIUS)


def vector_marks(scene: Scene, item: VectorsItem, places: Mapping[str, np.ndarray]) -> Marks:
    """Arrows, dark on a shape that has colours of its own, since two legends on one shape confuse."""
    owner, vectors = scene[item.owner], vectors_of(item)
    solid = arrow_solid(owner.shape, vectors, item.length)
    return _solid_marks(owner, places, solid, solid.colors(longest(vectors), arrow_color(scene, item)))


def arrow_color(scene: Scene, item: VectorsItem) -> tuple[float, float, float] | None:
    """The one colour of its arrows; None where they are coloured by length."""
    return item.color or (INK if picture(scene, scene[item.owner]) is not None else None)


def arrow_picture(scene: Scene, item: VectorsItem) -> Picture | None:
    """What the legend says of arrows that are coloured by length."""
    if not item.visible or not scene[item.owner].visible or arrow_color(scene, item) is not None:
        return None
    top = longest(vectors_of(item)) or 1.0
    return Picture(np.array([0.0, top]), f"{item.label}, length", "magnitude", ARROW_COLORS, (0.0, top), isolines=False)


def curve_marks(scene: Scene, item: CurvesItem, places: Mapping[str, np.ndarray]) -> Marks:
    """Tubes along curves."""
    owner = scene[item.owner]
    solid = curve_solid(owner.shape, Curves(item.points, item.edges), item.width)
    return _solid_marks(owner, places, solid, solid.colors(1.0, item.color))


def vectors_of(item: VectorsItem) -> Vectors:
    """The field as the library has it."""
    return Vectors(item.values, cast(Place, item.on), item.tangent)


def _solid_marks(owner: ShapeItem, places: Mapping[str, np.ndarray], solid: Solid, colors: np.ndarray) -> Marks:
    matrix = places[owner.id]
    unit = (solid.vertices - owner.centre) / (owner.shape.diagonal or 1.0)
    world = replace(solid, vertices=unit @ matrix[:3, :3].T + matrix[:3, 3])
    nothing = np.zeros((0, 3))
    return Marks(nothing, nothing, 0.0, solid=world, solid_colors=colors)


def spread_points(item: ShapeItem, n: int) -> np.ndarray:
    """(n,) indices of evenly spread vertices; asking for more keeps the first ones."""
    # Pulled in only once somebody looks at a match.
    from geomlearn.shapes.sampling import farthest_points

    key = item.shape.content_hash
    if key not in _SPREAD:
        if len(_SPREAD) > 32:
            _SPREAD.clear()
        _SPREAD[key] = farthest_points(item.unit_vertices, min(MAX_LINES, item.shape.n_vertices))
    return _SPREAD[key][:n]


_SPREAD: dict[str, np.ndarray] = {}
"""By content of the shape, the points found before: the same shape is asked for with every redraw."""


def _world(item: ShapeItem, places: Mapping[str, np.ndarray], indices: np.ndarray) -> np.ndarray:
    matrix = places[item.id]
    return item.unit_vertices[indices] @ matrix[:3, :3].T + matrix[:3, 3]
