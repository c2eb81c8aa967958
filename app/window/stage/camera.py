"""Looking at the stage: framing what is there into the part no panel covers, standard views, projecting points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import atan, degrees, radians, tan

import numpy as np
import polyscope as ps

from geomlearn.app.window.ui.layout import Rect

VIEWS = {
    "front": np.array([0.0, 0.0, 1.0]),
    "back": np.array([0.0, 0.0, -1.0]),
    "right": np.array([1.0, 0.0, 0.0]),
    "left": np.array([-1.0, 0.0, 0.0]),
    "top": np.array([0.0, 1.0, 1e-3]),
    "bottom": np.array([0.0, -1.0, 1e-3]),
    "corner": np.array([0.28, 0.2, 1.0]),
}
"""Directions from the stage to the eye."""
ROOM = 1.12
"""How much larger than the shapes the framed region is."""
PERSPECTIVE_DEG = 45.0
"""Vertical field of view with perspective. Without, Polyscope takes twice the tangent of half of it for half the height
of the picture: the angle is then only another word for the size."""
FLATTEST_DEG, WIDEST_DEG = 1.0, 170.0


def is_flat() -> bool:
    """Whether there is no perspective."""
    return ps.get_view_projection_mode() == "orthographic"


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
    across, above = np.abs(seen[:, :2] - (axes @ centre)[:2]).T
    towards = seen[:, 2] - direction @ centre
    # Half of the stage, in pixels, must hold these.
    halves = ((across, max(stage.w, 1) / 2), (above, max(stage.h, 1) / 2))
    if is_flat():
        pixel = max(max(float(ROOM * part.max()) / half for part, half in halves), 1e-6)
        distance = float(2 * np.abs(towards).max() + 1.0)
        set_half_height(pixel * height / 2)
    else:
        # At unit distance one pixel spans this much; perspective makes what is nearer larger.
        slope = 2 * tan(radians(ps.get_vertical_fov_degrees()) / 2) / height
        distance = max(*(float((towards + ROOM * part / (slope * half)).max()) for part, half in halves), 1e-3)
        pixel = slope * distance
    x, y = stage.centre
    # The middle of the free part is not the middle of the window: the camera steps aside by the difference.
    shift = pixel * ((width / 2 - x) * right + (y - height / 2) * up)
    ps.look_at(centre + shift + distance * direction, centre + shift)
    ps.set_view_center_raw(centre)


def project(mode: str) -> None:
    """With or without perspective; what is in the middle keeps its size."""
    if mode == ps.get_view_projection_mode():
        return
    middle = float(np.linalg.norm(np.asarray(ps.get_view_camera_parameters().get_position()) - ps.get_view_center()))
    if mode == "orthographic":
        ps.set_view_projection_mode(mode)
        set_half_height(middle * tan(radians(PERSPECTIVE_DEG) / 2))
        return
    half = half_height()
    ps.set_view_projection_mode(mode)
    ps.set_vertical_fov_degrees(PERSPECTIVE_DEG)
    towards = -np.asarray(ps.get_view_camera_parameters().get_look_dir(), float)
    centre = np.asarray(ps.get_view_center(), float)
    ps.look_at(centre + half / tan(radians(PERSPECTIVE_DEG) / 2) * towards, centre)
    ps.set_view_center_raw(centre)


def approach(point: np.ndarray, distance: float = 0.35) -> None:
    """Look at a point (3,) of the world from near, from the side the eye is on."""
    towards = -np.asarray(ps.get_view_camera_parameters().get_look_dir(), float)
    if is_flat():
        set_half_height(distance * tan(radians(PERSPECTIVE_DEG) / 2))
    ps.look_at(point + distance * towards / np.linalg.norm(towards), point)
    ps.set_view_center_raw(point)


def half_height() -> float:
    """Half of what the picture spans from top to bottom, without perspective."""
    return 2 * tan(radians(ps.get_vertical_fov_degrees()) / 2)


def set_half_height(half: float) -> None:
    """Let the picture span twice this from top to bottom, without perspective."""
    wanted = 2 * degrees(atan(half / 2))
    ps.set_vertical_fov_degrees(min(max(wanted, FLATTEST_DEG), WIDEST_DEG))


def set_camera(text: str) -> None:
    """Look as a text from Polyscope says, but leave the size of the window and the perspective, named too, alone."""
    mode = ps.get_view_projection_mode()
    view = json.loads(text)
    # Polyscope would wait for ever for a real window to take the size that it has already.
    ps.set_view_from_json(json.dumps({key: view[key] for key in view if key not in ("windowWidth", "windowHeight")}))
    if "viewCenter" in view:
        # Polyscope reads this one too, and then moves it.
        ps.set_view_center_raw(view["viewCenter"])
    project(mode)


def resize(width: int, height: int) -> None:
    """Give the window this size, unless it has it."""
    if tuple(ps.get_window_size()) != (width, height):
        ps.set_window_size(width, height)


@dataclass(frozen=True)
class Projection:
    """From the world to the pixels of this frame.

    Attributes
    ----------
    matrix   (4, 4) from the world to the frame of the eye, which looks along −z.  eye  (3,) where it is.
    scale    pixels per unit, at unit distance where there is perspective, anywhere where it is `flat`.
    """

    matrix: np.ndarray
    eye: np.ndarray
    scale: float
    centre: tuple[float, float]
    flat: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the pictures are."""
        return self.matrix.tobytes(), self.scale, self.centre, self.flat

    def to_screen(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (m, 2) and depths (m,) of points (m, 3); depths ≤ 0 are behind the eye."""
        local = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        depth = -local[:, 2]
        shrink = np.ones_like(depth) if self.flat else np.where(depth > 1e-9, depth, 1e-9)
        x = self.centre[0] + self.scale * local[:, 0] / shrink
        y = self.centre[1] - self.scale * local[:, 1] / shrink
        return np.stack([x, y], axis=1), depth

    def towards_eye(self, points: np.ndarray) -> np.ndarray:
        """(m, 3), or (1, 3) where all are equal: the directions from points (m, 3) to the eye, of any length."""
        return self.matrix[2:3, :3] if self.flat else self.eye - points


def projection() -> Projection:
    """The present camera."""
    width, height = ps.get_window_size()
    flat = is_flat()
    half = half_height() if flat else tan(radians(ps.get_vertical_fov_degrees()) / 2)
    matrix = np.asarray(ps.get_camera_view_matrix(), dtype=float)
    eye = np.asarray(ps.get_view_camera_parameters().get_position(), float)
    return Projection(matrix, eye, height / 2 / half, (width / 2, height / 2), flat)
