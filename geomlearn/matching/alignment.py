"""Rotations that carry one shape towards another, without knowing what corresponds, or knowing it."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

# Rotation (3, 3) and shift (3,).
Pose = tuple[np.ndarray, np.ndarray]


def axis_rotations() -> np.ndarray:
    """(24, 3, 3) the rotations of a cube: permutations of the axes with signs whose determinant is 1."""
    found = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[np.arange(3), order] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return np.stack(found)


def principal_rotations(points_a: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """(24, 3, 3) rotations that carry the principal axes of A onto those of B, in all ways that are no mirror.

    Parameters
    ----------
    points_a (s, 3), points_b (t, 3)  centred, well spread over the surfaces.
    """
    return _principal_axes(points_b) @ axis_rotations() @ _principal_axes(points_a).T


def nearest_rotations(products: np.ndarray) -> np.ndarray:
    """(…, 3, 3) the rotations R that maximise tr(Rᵀ P) for each matrix P: no mirrors.

    Source   Kabsch 1976.
    """
    u, _, vt = np.linalg.svd(products)
    u[..., 2] *= np.sign(np.linalg.det(u @ vt))[..., None]
    return u @ vt


def fitted_pose(here: np.ndarray, there: np.ndarray) -> Pose:
    """The pose that carries points (l, 3) nearest to those they correspond to."""
    middle, centre = here.mean(axis=0), there.mean(axis=0)
    rotation = nearest_rotations((there - centre).T @ (here - middle))
    return rotation, centre - rotation @ middle


def _principal_axes(points: np.ndarray) -> np.ndarray:
    """(3, 3) columns: directions of least to largest spread, right-handed."""
    _, axes = np.linalg.eigh(points.T @ points)
    axes[:, 2] *= np.sign(np.linalg.det(axes))
    return axes
