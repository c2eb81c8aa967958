"""The camera keeps every point inside the frame and wastes none of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.app.figures.camera import VIEW_ANGLE, Camera, Frame, fitted_camera


def projected(camera: Camera, points: np.ndarray, aspect: float) -> np.ndarray:
    """Where points (n, 3) appear, (n, 2) in fractions of the picture, by the definition of a perspective camera."""
    toward = camera.position - camera.focus
    toward /= np.linalg.norm(toward)
    right = np.cross(camera.up, toward)
    seen = points - camera.position
    depth = -seen @ toward
    assert (depth > 0).all()
    half = np.tan(np.radians(VIEW_ANGLE) / 2)
    x = (seen @ right) / depth / (half * aspect)
    y = (seen @ camera.up) / depth / half
    # The window's centre is what moves the picture away from the optical axis.
    return (np.stack([x, y], axis=1) - np.array(camera.window_center) + 1) / 2


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    stretch=st.tuples(st.floats(0.05, 20), st.floats(0.05, 20), st.floats(0.05, 20)),
    aspect=st.floats(0.3, 3),
    bottom=st.floats(0.05, 0.4),
    up=st.sampled_from("xyz"),
    turn=st.floats(-360, 360),
)
def test_every_point_is_inside_the_frame_and_one_side_touches_it(seed, stretch, aspect, bottom, up, turn):
    points = np.random.default_rng(seed).normal(size=(40, 3)) * stretch + 100
    frame = Frame(bottom=bottom)
    camera = fitted_camera(points, aspect, frame, up, turn)
    at = projected(camera, points, aspect)
    low, high = at.min(axis=0), at.max(axis=0)
    assert (low >= np.array([frame.left, frame.bottom]) - 1e-9).all()
    assert (high <= np.array([frame.right, frame.top]) + 1e-9).all()
    filled = (high - low) / np.array([frame.right - frame.left, frame.top - frame.bottom])
    # One pair of opposite sides is touched, whichever is the tighter.
    assert filled.max() > 1 - 1e-6


@pytest.mark.parametrize("up", "xyz")
def test_up_points_up(up):
    axis = np.eye(3)["xyz".index(up)]
    camera = fitted_camera(np.random.default_rng(0).normal(size=(20, 3)), 1.0, Frame(), up)
    ends = projected(camera, np.stack([0 * axis, 0.1 * axis]), 1.0)
    assert ends[1, 1] > ends[0, 1]


def test_turning_by_180_degrees_shows_the_back():
    points = np.random.default_rng(0).normal(size=(20, 3))
    front, back = (fitted_camera(points, 1.0, Frame(), "y", turn) for turn in (0.0, 180.0))
    toward = [camera.position - camera.focus for camera in (front, back)]
    np.testing.assert_allclose(toward[1][[0, 2]] / toward[1][1], -toward[0][[0, 2]] / toward[0][1], atol=1e-9)


def test_a_positive_turn_moves_the_front_to_the_right():
    front = np.array([[0.0, 0.0, 1.0]])
    ball = np.random.default_rng(0).normal(size=(500, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    before, after = (projected(fitted_camera(ball, 1.0, Frame(), "y", turn), front, 1.0)[0, 0] for turn in (0.0, 20.0))
    assert after > before + 0.05
