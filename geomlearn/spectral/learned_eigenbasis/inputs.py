"""What the networks see of a cloud: coordinates in the unit ball, and how sparse it is around every point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError, SizeMismatch
from geomlearn.spectral.learned_eigenbasis.self_tuned import (
    SelfTunedLaplacian,
    nearest_neighbours,
    self_tuned_laplacian,
)

N_LOCAL = 4
# Nearest neighbours whose distances describe a point's surroundings, besides the Laplacian's scale.
_CLOSE = 3


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A cloud with the Laplacian of its points and the features read from them.

    Attributes
    ----------
    points     (n, d).
    laplacian  self-tuned.
    local      (n, 4) logarithms: mass (mean zero), and three squared distances to neighbours relative to it.
    """

    points: np.ndarray
    laplacian: SelfTunedLaplacian
    local: np.ndarray


def surroundings(points: np.ndarray, dimension: int, n_neighbours: int) -> Surroundings:
    """Look around every point."""
    laplacian = self_tuned_laplacian(points, dimension, n_neighbours)
    near, _ = nearest_neighbours(points, min(_CLOSE, len(points) - 1))
    near = np.maximum(near, 1e-3 * laplacian.scale[:, None])
    lengths = np.stack([laplacian.scale, near[:, 0], near.mean(axis=1)], axis=1)
    local = np.column_stack([np.log(laplacian.mass), dimension * np.log(lengths)])
    local -= local.mean(axis=0)
    local[:, 1:] -= local[:, :1]
    return Surroundings(points, laplacian, local)


def checked_points(points: np.ndarray, k: int, name: str = "The cloud") -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The distinct points of a cloud, for every point the distinct one it is, and notes.

    Raises
    ------
    SizeMismatch     no (n, d) array, or fewer distinct points than modes.
    MeshError        coordinates that are not finite, or points that all coincide.
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] < 1 or points.dtype.kind not in "fiub":
        raise SizeMismatch(f"{name} has shape {points.shape}, expected (n, d) numbers.", "Give one row per point.")
    points = points.astype(np.float64)
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        raise MeshError(
            f"Row {int(np.flatnonzero(~finite)[0])} of {name} holds numbers that are not finite.",
            "Remove it, or fill what is missing.",
        )
    distinct, twin = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) < 2:
        raise MeshError(f"All points of {name} coincide.", "Check the file.")
    if len(distinct) <= max(k, 3):
        raise SizeMismatch(
            f"{k} modes asked of {name}, which has {len(distinct)} distinct points.",
            f"Ask for k < {len(distinct)}, or sample it more densely.",
        )
    notes = []
    if len(distinct) < len(points):
        notes.append(f"{len(points) - len(distinct)} points coincide with others and share their values.")
    return distinct, twin.ravel(), notes


def isolated_note(laplacian: SelfTunedLaplacian) -> list[str]:
    """A sentence when the graph of neighbours falls apart, or single points lie far from all others."""
    from scipy.sparse.csgraph import connected_components

    n_parts, label = connected_components(laplacian.stiffness, directed=False)
    notes = []
    if n_parts > 1:
        notes.append(f"The points fall into {n_parts} parts, the smallest of {np.bincount(label).min()}.")
    far = int((laplacian.scale > 20 * np.median(laplacian.scale)).sum())
    if far:
        notes.append(f"{far} points lie far from all others; they weigh more than they should.")
    return notes


def unit_ball(points: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """Centre (d,) and radius of a cloud, the centre under weights (n,)."""
    center = np.average(points, axis=0, weights=weights)
    radius = float(np.linalg.norm(points - center, axis=1).max())
    if not radius > 0:
        raise ParameterError("The points have no extent.", "Check the file.")
    return center, radius


def principal_frame(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, d) the points centred, turned to their principal axes, each pointing to its longer tail, in the unit ball.

    A cloud turned, moved, mirrored or scaled gives the same coordinates, as long as its axes and tails are distinct.
    """
    center, radius = unit_ball(points, weights)
    offset = (points - center) / radius
    share = weights / weights.sum()
    _, axes = np.linalg.eigh(offset.T @ (share[:, None] * offset))
    turned = offset @ axes[:, ::-1]
    tails = share @ turned**3
    return turned * np.where(tails < 0, -1.0, 1.0)
