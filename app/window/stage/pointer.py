"""What the mouse is on: projects the vertices once per picture and then only measures, so that hovering is cheap
even where the graphics card is software. Clicks and hovers see the same vertex.
"""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements, world_points
from geomlearn.app.window.desk import Hit
from geomlearn.app.window.stage.camera import Projection, projection
from geomlearn.app.window.ui.layout import Rect

REACH = 14.0
"""Pixels around the pointer, at scale 1, in which a vertex is found."""
COARSE_FACES = 20_000
"""Up to so many faces a mesh is also tried face by face."""
MAX_POINTS = 400_000
"""Above so many visible vertices only every so-manyth is looked at."""


class Pointer:
    """Finds the vertex under the mouse, and tells clicks from drags."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._screen = np.zeros((0, 2))
        self._depth = np.zeros(0)
        self._world = np.zeros((0, 3))
        self._owner = np.zeros(0, int)
        self._vertex = np.zeros(0, int)
        self._ids: list[str] = []
        self._coarse: list[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        self._pressed_at: tuple[float, float] | None = None

    def over(self, stage: Rect) -> bool:
        """Whether the mouse is on the free part of the picture."""
        x, y = imgui.GetMousePos()
        return stage.contains(x, y) and not imgui.GetIO().WantCaptureMouse

    def clicked(self, stage: Rect) -> bool:
        """Whether the left button was pressed and let go without moving."""
        position = imgui.GetMousePos()
        if imgui.IsMouseClicked(0):
            self._pressed_at = position if self.over(stage) else None
        if not imgui.IsMouseReleased(0) or self._pressed_at is None:
            return False
        moved = max(abs(position[0] - self._pressed_at[0]), abs(position[1] - self._pressed_at[1]))
        self._pressed_at = None
        return moved < 4

    def hit(self, scene: Scene, scale: float) -> Hit | None:
        """The vertex nearest to the eye among those near the mouse; None off all shapes."""
        self._project(scene)
        if len(self._screen) == 0:
            return None
        distance = np.abs(self._screen - np.array(imgui.GetMousePos())).max(axis=1)
        reach = REACH * scale
        near = np.flatnonzero((distance < reach) & (self._depth > 0))
        if len(near) == 0:
            return self._inside_face(np.array(imgui.GetMousePos()))
        # In front first; among those equally near the eye the one under the tip of the pointer.
        front = self._depth[near].min()
        near = near[self._depth[near] < front * 1.03 + 1e-9]
        best = near[distance[near].argmin()]
        return Hit(self._ids[self._owner[best]], int(self._vertex[best]), self._world[best])

    def _inside_face(self, at: np.ndarray) -> Hit | None:
        """Between the far-apart vertices of coarse meshes: the nearest corner of the foremost face around `at`."""
        best: tuple[float, Hit] | None = None
        for shape_id, faces, screen, depth, world in self._coarse:
            a, b, c = (screen[faces[:, corner]] for corner in range(3))
            areas = [_cross(q - p, at - p) for p, q in ((a, b), (b, c), (c, a))]
            inside = np.all([area > 0 for area in areas], axis=0) | np.all([area < 0 for area in areas], axis=0)
            inside &= (depth[faces] > 0).all(axis=1)
            if not inside.any():
                continue
            found = np.flatnonzero(inside)
            face = found[depth[faces[found]].mean(axis=1).argmin()]
            corner = faces[face][np.linalg.norm(screen[faces[face]] - at, axis=1).argmin()]
            hit = Hit(shape_id, int(corner), world[corner])
            if best is None or depth[faces[face]].mean() < best[0]:
                best = float(depth[faces[face]].mean()), hit
        return best[1] if best else None

    def _project(self, scene: Scene) -> None:
        camera = projection()
        key = (id(scene), camera.key)
        if key == self._key:
            return
        self._key = key
        parts = _visible_points(scene, camera)
        self._ids = [part[0] for part in parts]
        self._vertex = np.concatenate([part[1] for part in parts] or [np.zeros(0, int)])
        self._world = np.concatenate([part[2] for part in parts] or [np.zeros((0, 3))])
        sizes = [len(part[1]) for part in parts]
        self._owner = np.repeat(np.arange(len(parts)), sizes)
        self._screen, self._depth = camera.to_screen(self._world)
        self._coarse = []
        for item in scene.of(ShapeItem):
            if item.visible and 0 < item.shape.n_faces <= COARSE_FACES:
                world = world_points(scene, item)
                self._coarse.append((item.id, item.shape.faces, *camera.to_screen(world), world))


def _cross(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _visible_points(scene: Scene, camera: Projection) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """For each visible shape its id, indices and world positions of the vertices that face the eye."""
    shapes = [item for item in scene.of(ShapeItem) if item.visible]
    step = max(1, sum(item.drawn_shape.n_vertices for item in shapes) // MAX_POINTS)
    places = placements(scene)
    result = []
    for item in shapes:
        matrix = places[item.id]
        indices = item.drawn_indices[::step]
        world = item.unit_vertices[indices] @ matrix[:3, :3].T + matrix[:3, 3]
        if not item.shape.is_cloud:
            normals = item.drawn_normals[::step] @ matrix[:3, :3].T
            facing = (normals * camera.towards_eye(world)).sum(axis=1) > 0
            indices, world = indices[facing], world[facing]
        result.append((item.id, indices, world))
    return result
