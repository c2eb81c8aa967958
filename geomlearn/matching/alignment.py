"""Turning one shape towards the other before extrinsic features are compared, without knowing what corresponds."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import torch


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


def principal_rotations(points_a: torch.Tensor, points_b: torch.Tensor) -> torch.Tensor:
    """(24, 3, 3) rotations that carry the principal axes of A onto those of B, in all ways that are no mirror.

    Parameters
    ----------
    points_a (s, 3), points_b (t, 3)  centred, well spread over the surfaces.
    """
    axes_a, axes_b = _principal_axes(points_a), _principal_axes(points_b)
    between = torch.from_numpy(axis_rotations()).to(points_a.dtype)
    return axes_b @ between @ axes_a.T


def fitted_rotation(points_a: torch.Tensor, points_b: torch.Tensor) -> torch.Tensor:
    """(3, 3) the rotation R that minimises Σ ‖R a_i − b_i‖² over corresponding rows.

    Source   Kabsch 1976; without reflections.
    """
    a, b = points_a - points_a.mean(dim=0), points_b - points_b.mean(dim=0)
    u, _, vt = torch.linalg.svd(b.T @ a)
    signs = torch.ones(3, dtype=u.dtype)
    signs[2] = torch.sign(torch.linalg.det(u @ vt))
    return u @ torch.diag(signs) @ vt


def _principal_axes(points: torch.Tensor) -> torch.Tensor:
    """(3, 3) columns: directions of least to largest spread, right-handed."""
    _, axes = torch.linalg.eigh(points.T @ points)
    return axes * torch.tensor([1.0, 1.0, float(torch.sign(torch.linalg.det(axes)))])
