"""Looking at the stage: framing what is there into the part no panel covers, standard views, projecting points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import radians, tan

import numpy as np
import polyscope as ps

from geomlearn.app.window.ui.layout import Rect

VIEWS = {
    "front": np.array([0.0, 0.0, 1.0]),
    "right": np.array([1.0, 0.0, 0.0]),
    "top": np.array([0.0, 1.0, 1e-3]),
    "corner": np.array([0.28, 0.2, 1.0]),
}
"""Directions from the stage to the eye."""
ROOM = 1.12
"""How much larger than the shapes the framed region is."""


def frame(points: np.ndarray, stage: Rect, direction: np.ndarray | None = None) -> None:
    """Fit points (m, 3) into `stage`, keeping the direction of view unless one is given."""
    width, height = ps.get_window_size()
    if direction is None:
        direction = -np.asarray(ps.get_view_camera_parameters().get_look_dir())
    direction = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], direction)
    right /= np.linalg.norm(right)
    up = np.cross(direction, right)
    axes = np.stack([right, up, direction])
    seen = points @ axes.T
    centre = (seen.min(axis=0) + seen.max(axis=0)) / 2 @ axes
    # At unit distance one pixel spans this much; perspective makes what is nearer larger.
    pixel = 2 * tan(radians(ps.get_view_camera_parameters().get_fov_vertical_deg()) / 2) / height
    across, above = np.abs(seen[:, :2] - (axes @ centre)[:2]).T
    towards = seen[:, 2] - direction @ centre
    distance = max(
        float((towards + ROOM * across / (pixel * max(stage.w, 1) / 2)).max()),
        float((towards + ROOM * above / (pixel * max(stage.h, 1) / 2)).max()),
        1e-3,
    )
    x, y = stage.centre
    # The middle of the free part is not the middle of the window: the camera steps aside by the difference.
    shift = pixel * distance * ((width / 2 - x) * right + (y - height / 2) * up)
    ps.look_at(centre + shift + distance * direction, centre + shift)
    ps.set_view_center_raw(centre)


def approach(point: np.ndarray, distance: float = 0.35) -> None:
    """Look at a point (3,) of the world from near, from the side the eye is on."""
    towards = -np.asarray(ps.get_view_camera_parameters().get_look_dir(), float)
    ps.look_at(point + distance * towards / np.linalg.norm(towards), point)
    ps.set_view_center_raw(point)


def set_camera(text: str) -> None:
    """Look as a text from Polyscope says, but leave the size of the window, which it names too, alone."""
    size = ps.get_window_size()
    view = json.loads(text)
    ps.set_view_from_json(json.dumps(view | {"windowWidth": size[0], "windowHeight": size[1]}))
    if "viewCenter" in view:
        # Polyscope reads this one too, and then moves it.
        ps.set_view_center_raw(view["viewCenter"])


@dataclass(frozen=True)
class Projection:
    """From the world to the pixels of this frame."""

    matrix: np.ndarray
    eye: np.ndarray
    pixels_per_unit: float
    centre: tuple[float, float]

    def to_screen(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (m, 2) and depths (m,) of points (m, 3); depths ≤ 0 are behind the eye."""
        local = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        depth = -local[:, 2]
        safe = np.where(depth > 1e-9, depth, 1e-9)
        x = self.centre[0] + self.pixels_per_unit * local[:, 0] / safe
        y = self.centre[1] - self.pixels_per_unit * local[:, 1] / safe
        return np.stack([x, y], axis=1), depth


def projection() -> Projection:
    """The present camera."""
    width, height = ps.get_window_size()
    camera = ps.get_view_camera_parameters()
    focal = height / 2 / tan(radians(camera.get_fov_vertical_deg()) / 2)
    matrix = np.asarray(ps.get_camera_view_matrix(), dtype=float)
    return Projection(matrix, np.asarray(camera.get_position(), float), focal, (width / 2, height / 2))
