"""Shapes cut open: one plane for each, which touches nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polyscope as ps

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene


class Cuts:
    """Keeps Polyscope's slice planes equal to the cuts of a scene."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[Any, ...]] = {}

    def sync(self, scene: Scene, places: Mapping[str, np.ndarray], structures: Iterable[Any]) -> None:
        """Put the planes where the scene has them; `structures` is all that is drawn."""
        cut = {item.id: item for item in scene.of(ShapeItem) if item.cut and item.visible}
        for key in [key for key in self._drawn if key not in cut]:
            del self._drawn[key]
            ps.remove_slice_plane(_name(key))
        if not cut:
            return
        for key, item in cut.items():
            state = (item.cut, item.cut_at, item.cut_flipped, places[key].tobytes())
            if self._drawn.get(key) != state:
                self._place(key, *plane(item, places[key]))
                self._drawn[key] = state
        for structure in structures:
            self.spare(structure)

    def spare(self, structure: Any) -> None:
        """Let no plane but its own cut a structure."""
        for key in self._drawn:
            structure.set_ignore_slice_plane(_name(key), structure.get_name() != key)

    def forget(self) -> None:
        """Start without planes."""
        ps.remove_all_slice_planes()
        self._drawn.clear()

    def _place(self, key: str, centre: np.ndarray, normal: np.ndarray) -> None:
        new = key not in self._drawn
        made = ps.add_slice_plane(_name(key)) if new else ps.get_slice_plane(_name(key))
        made.set_pose(centre, normal)
        if new:
            made.set_draw_plane(False)
            made.set_draw_widget(False)


def plane(item: ShapeItem, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A point (3,) of the cutting plane in the world, and its normal (3,) towards the half that stays.

    Parameters
    ----------
    place   (4, 4) from the unit frame of the shape to the world.
    """
    axis = "xyz".index(item.cut)
    low, high = item.unit_box
    corners = np.array([[(low, high)[(c >> a) & 1][a] for a in range(3)] for c in range(8)])
    world = corners @ place[:3, :3].T + place[:3, 3]
    centre = (world.min(axis=0) + world.max(axis=0)) / 2
    centre[axis] = world[:, axis].min() + item.cut_at * np.ptp(world[:, axis])
    normal = np.zeros(3)
    normal[axis] = 1.0 if item.cut_flipped else -1.0
    return centre, normal


def kept(item: ShapeItem, place: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(m,) whether points (m, 3) of the world lie in the half of a shape that its cut, if any, leaves."""
    if not item.cut:
        return np.ones(len(points), bool)
    centre, normal = plane(item, place)
    return (points - centre) @ normal >= 0


def _name(key: str) -> str:
    return f"cut {key}"
