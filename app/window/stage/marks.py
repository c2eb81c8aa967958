"""Marks over the shapes: lines of a correspondence, landmarks, selections, arrows, curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polyscope as ps

from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import LandmarksItem, MatchItem
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.measuring.marks import distance_marks, probe_marks
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.view.marks import (
    Marks,
    curve_marks,
    landmark_marks,
    match_lines,
    selection_marks,
    sensor_marks,
    vector_marks,
)
from geomlearn.app.window.ui.theme import RGB

Marked = MatchItem | LandmarksItem | SelectionItem | SensorsItem | VectorsItem | CurvesItem | DistanceItem | ProbesItem
"""Items that are drawn as points, lines and triangles beside the shapes."""


class DrawnMarks:
    """Keeps Polyscope's points and lines equal to the marks of a scene."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[Any, ...]] = {}

    def sync(self, scene: Scene, places: Mapping[str, np.ndarray], accent: RGB) -> int:
        """Draw anew what differs from what was drawn last; returns how many marks that were.

        Parameters
        ----------
        places   by id of the shape, (4, 4) from its unit frame to the world;  accent  the colour of selections.
        """
        wanted: dict[str, tuple[Any, ...]] = {}
        for item in scene:
            if isinstance(item, Marked):
                shapes = [scene[key] for key in item.parents if isinstance(scene[key], ShapeItem)]
                where = tuple(places[shape.id].tobytes() for shape in shapes)
                wanted[item.id] = (item, *where, *((shape.visible, shape.layer is None) for shape in shapes))
        for key in [key for key in self._drawn if key not in wanted]:
            self._remove(key)
        count = 0
        for key, state in wanted.items():
            old = self._drawn.get(key)
            if old is None or old[0] is not state[0] or old[1:] != state[1:]:
                self._remove(key)
                count += _draw(key, _marks(scene, state[0], places, accent))
                self._drawn[key] = state
        return count

    def structures(self) -> list[Any]:
        """All that is drawn."""
        points = [ps.get_point_cloud(name) for key in self._drawn if ps.has_point_cloud(name := f"points {key}")]
        lines = [ps.get_curve_network(name) for key in self._drawn if ps.has_curve_network(name := f"lines {key}")]
        solids = [ps.get_surface_mesh(name) for key in self._drawn if ps.has_surface_mesh(name := f"solid {key}")]
        return points + lines + solids

    def forget(self) -> None:
        """Start without marks."""
        self._drawn.clear()

    def _remove(self, key: str) -> None:
        self._drawn.pop(key, None)
        if ps.has_point_cloud(f"points {key}"):
            ps.remove_point_cloud(f"points {key}")
        if ps.has_curve_network(f"lines {key}"):
            ps.remove_curve_network(f"lines {key}")
        if ps.has_surface_mesh(f"solid {key}"):
            ps.remove_surface_mesh(f"solid {key}")


def _marks(scene: Scene, item: Marked, places: Mapping[str, np.ndarray], accent: RGB) -> Marks | None:
    """What is drawn of an item; None while it or a shape of it is hidden."""
    shapes = [scene[parent] for parent in item.parents if isinstance(scene[parent], ShapeItem)]
    if not item.visible or not all(shape.visible for shape in shapes):
        return None
    if isinstance(item, MatchItem):
        return match_lines(scene, item, places)
    if isinstance(item, LandmarksItem):
        return landmark_marks(scene, item, places)
    if isinstance(item, SensorsItem):
        return sensor_marks(scene, item, places)
    if isinstance(item, VectorsItem):
        return vector_marks(scene, item, places)
    if isinstance(item, CurvesItem):
        return curve_marks(scene, item, places)
    if isinstance(item, ProbesItem):
        return probe_marks(scene, item, places)
    if isinstance(item, DistanceItem):
        return distance_marks(scene, item, places, accent)
    return selection_marks(scene, item, places, accent)


def _draw(key: str, marks: Marks | None) -> int:
    """Register points and lines; returns 1, or 0 where nothing is to be drawn."""
    if marks is None:
        return 0
    if len(marks.points) and marks.radius:
        cloud = ps.register_point_cloud(f"points {key}", marks.points)
        cloud.set_radius(marks.radius, relative=False)
        cloud.add_color_quantity("color", marks.colors, enabled=True)
    if len(marks.edges):
        lines = ps.register_curve_network(f"lines {key}", marks.points, marks.edges)
        lines.set_radius(marks.width, relative=False)
        lines.add_color_quantity("color", marks.edge_colors, defined_on="edges", enabled=True)
    if marks.solid is not None and len(marks.solid.faces):
        mesh = ps.register_surface_mesh(f"solid {key}", marks.solid.vertices, marks.solid.faces, smooth_shade=True)
        mesh.set_material("clay")
        mesh.add_color_quantity("color", marks.solid_colors, enabled=True)
    return 1
