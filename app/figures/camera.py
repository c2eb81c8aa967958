"""Where the camera stands so that a shape fills its frame and nothing is cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VIEW_ANGLE = 25.0
"""Degrees from top to bottom of the picture: a long lens, so that proportions stay true."""

# Where the eye is, seen from the shape: in front, a little to the right and above.
_EYE = {"y": (0.55, 0.25, 1.0), "z": (0.55, -1.0, 0.25), "x": (0.25, 0.55, 1.0)}
SIDES = ("front", "back", "left", "right", "top", "bottom")


def eye_of(side: str, up: str) -> tuple[float, float, float]:
    """The direction to an eye that sees this side of a shape whose `up` points up."""
    ahead, right = {"y": ("z", "x"), "z": ("-y", "x"), "x": ("z", "y")}[up]
    axis = {"front": ahead, "right": right, "top": up}
    axis |= {"back": _opposite(ahead), "left": _opposite(right), "bottom": _opposite(up)}
    word = axis[side]
    x, y, z = ((-1.0 if word.startswith("-") else 1.0) * part for part in _UP[word[-1]])
    return x, y, z


def _opposite(axis: str) -> str:
    return axis[1:] if axis.startswith("-") else f"-{axis}"


_UP = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Frame:
    """The part of a picture left for the shape, in fractions of its height or width."""

    left: float = 0.05
    right: float = 0.95
    bottom: float = 0.05
    top: float = 0.95


@dataclass(frozen=True, eq=False)
class Camera:
    """Position, focal point, up direction, and how far the optical axis is off the picture's centre (half sizes)."""

    position: np.ndarray
    focus: np.ndarray
    up: np.ndarray
    window_center: tuple[float, float]


def upward(up: str) -> np.ndarray:
    """(3,) the axis that points up."""
    return np.array(_UP[up])


def toward_eye(up: str, turn: float = 0.0, eye: tuple[float, float, float] | None = None) -> np.ndarray:
    """(3,) the unit direction from the shape to the eye, see `fitted_camera`."""
    axis = upward(up)
    front = np.array(eye or _EYE[up]) / np.linalg.norm(eye or _EYE[up])
    # The shape turns right when the eye goes left: a rotation about the up axis by −turn (Rodrigues).
    cos, sin = np.cos(np.radians(-turn)), np.sin(np.radians(-turn))
    return cos * front + sin * np.cross(axis, front) + (1 - cos) * (axis @ front) * axis


def sideways(up: str, toward: np.ndarray) -> np.ndarray:
    """(3,) the unit direction that is to the right for an eye there."""
    axis = upward(up)
    right = np.cross(axis, toward)
    if np.linalg.norm(right) < 1e-6:
        # Straight from above or below: any direction can be to the right.
        right = np.roll(axis, 1)
    return right / np.linalg.norm(right)


def swept(points: np.ndarray, up: str) -> np.ndarray:
    """Points that take the room that `points` (n, 3) need while they turn about the axis up through the origin."""
    points = points[:: max(1, len(points) // 4000)]
    axis = upward(up)
    one, other = (np.roll(axis, shift) for shift in (1, 2))
    radius = np.linalg.norm(points - (points @ axis)[:, None] * axis, axis=1)
    ring = [np.cos(angle) * one + np.sin(angle) * other for angle in 2 * np.pi * np.arange(16) / 16]
    return np.concatenate([(points @ axis)[:, None] * axis + radius[:, None] * way for way in ring])


def fitted_camera(
    points: np.ndarray,
    aspect: float,
    frame: Frame,
    up: str = "y",
    turn: float = 0.0,
    eye: tuple[float, float, float] | None = None,
) -> Camera:
    """The camera that makes `points` (n, 3) fill `frame` of a picture that is `aspect` times as wide as high.

    With `turn`, in degrees, it walks around the shape, which then seems to turn to the right. With `eye` it looks
    from that direction instead of the usual one.
    """
    toward = toward_eye(up, turn, eye)
    right = sideways(up, toward)
    axes = np.stack([right, np.cross(toward, right), toward])
    seen = points @ axes.T
    # Tangents of the half angles that the frame spans.
    half = np.tan(np.radians(VIEW_ANGLE) / 2)
    room = half * np.array([aspect * (frame.right - frame.left), frame.top - frame.bottom])
    # A point is inside when ±(x − x_eye) ≤ room · (z_eye − z): the tightest of each sign gives middle and distance.
    depth = seen[:, 2:] * room
    above, below = (seen[:, :2] + depth).max(axis=0), (depth - seen[:, :2]).max(axis=0)
    middle = (above - below) / 2
    nearest = float(((above + below) / (2 * room)).max())
    far = seen[:, 2].mean()
    # A single point would put the eye into itself.
    nearest = max(nearest, seen[:, 2].max() + 1e-6 * (1 + abs(far)))
    focus = np.array([*middle, far]) @ axes
    off = (1 - frame.left - frame.right, 1 - frame.bottom - frame.top)
    return Camera(np.array([*middle, nearest]) @ axes, focus, axes[1], off)
