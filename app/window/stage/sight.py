"""What stands before what: which points of the picture the eye sees, and which a surface hides or a cut took away."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements, world_points
from geomlearn.app.window.stage.camera import Projection
from geomlearn.app.window.stage.cuts import kept

MARGIN = 0.01
"""A surface nearer to the eye by less than this hides nothing: it is the point's own. The diagonal of a shape is 1."""


def seen_vertices(scene: Scene, camera: Projection, shape: ShapeItem, vertices: np.ndarray) -> np.ndarray:
    """(m,) whether each of `vertices` (m,) faces the eye, is not cut away, and stands behind no opaque surface."""
    place = placements(scene)[shape.id]
    world = world_points(scene, shape, vertices)
    seen = kept(shape, place, world)
    if not shape.shape.is_cloud:
        normals = shape.unit_normals[vertices] @ place[:3, :3].T
        seen &= (normals * camera.towards_eye(world)).sum(axis=1) > 0
    screen, depth = camera.to_screen(world)
    seen &= depth > 0
    for other in scene.of(ShapeItem):
        if seen.any() and other.visible and other.shape.n_faces and other.opacity == 1 and not other.wireframe:
            seen[seen] = ~_hidden(camera, screen[seen], depth[seen], _triangles(scene, other))
    return seen


def _triangles(scene: Scene, item: ShapeItem) -> np.ndarray:
    """(f, 3, 3) corners in the world of the faces that are drawn, without those cut away."""
    corners = world_points(scene, item, item.drawn_indices)[item.drawn_shape.faces]
    return corners[kept(item, placements(scene)[item.id], corners.mean(axis=1))]


def _hidden(camera: Projection, screen: np.ndarray, depth: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(m,) whether a triangle (f, 3, 3) stands before the point at pixel (m, 2) and depth (m,).

    A point is tried against those triangles only whose pixels reach to it along the axis on which the points are
    spread further, so that fine meshes cost little more than their projection.
    """
    pixels, depths = (part.reshape(-1, 3, *part.shape[1:]) for part in camera.to_screen(triangles.reshape(-1, 3)))
    before = (depths > 0).all(axis=1)
    pixels, depths = pixels[before], depths[before]
    axis = int(np.ptp(screen, axis=0).argmax())
    order = np.argsort(screen[:, axis])
    along = screen[order, axis]
    first = np.searchsorted(along, pixels[:, :, axis].min(axis=1))
    counts = np.searchsorted(along, pixels[:, :, axis].max(axis=1), side="right") - first
    face = np.repeat(np.arange(len(pixels)), counts)
    point = order[np.arange(len(face)) + np.repeat(first - (np.cumsum(counts) - counts), counts)]
    other = pixels[face, :, 1 - axis]
    near = (other.min(axis=1) <= screen[point, 1 - axis]) & (screen[point, 1 - axis] <= other.max(axis=1))
    face, point = face[near], point[near]
    a, b, c = (pixels[face, corner] - screen[point] for corner in range(3))
    areas = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    inside = (areas >= 0).all(axis=1) | (areas <= 0).all(axis=1)
    inside &= areas.any(axis=1)
    face, point, areas = face[inside], point[inside], areas[inside]
    weights = areas / areas.sum(axis=1, keepdims=True)
    # In a picture with perspective it is 1 / depth that is linear.
    at = (weights * depths[face]).sum(axis=1) if camera.flat else 1 / (weights / depths[face]).sum(axis=1)
    hidden = np.zeros(len(screen), bool)
    hidden[point[at < depth[point] - MARGIN]] = True
    return hidden


def _cross(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
