"""Clouds as the landmark network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from geomlearn.shapes.sampling import farthest_points
from geomlearn.spectral.learned_eigenbasis.inputs import Surroundings, principal_frame
from geomlearn.spectral.learned_eigenbasis.self_tuned import nearest_neighbours

# Landmarks next to a point through which its distances to all others are measured.
_DOORS = 4
_LINKS = 8
# Distance, in roots of the volume, between parts of a cloud that do not hang together.
_FAR = 4.0


@dataclass(frozen=True, eq=False)
class CloudTensors:
    """One cloud.

    Attributes
    ----------
    points     (n, d) in the cloud's own principal frame, in roots of the volume.
    local      (n, 4) see `Surroundings`.
    distances  (n, l) along the cloud to its landmarks, in roots of the volume.
    landmarks  (l,) indices of the landmarks.
    """

    points: torch.Tensor
    local: torch.Tensor
    distances: torch.Tensor
    landmarks: torch.Tensor


def cloud_tensors(seen: Surroundings, n_landmarks: int, dimension: int = 2) -> CloudTensors:
    """Turn a cloud into its own frame and measure it from farthest-point landmarks.

    Farthest points are spread evenly however the cloud was sampled. The first is the point farthest from the centre,
    so the order of the points does not matter.
    """
    mass = seen.laplacian.mass
    turned = principal_frame(seen.points, mass)
    first = int(np.linalg.norm(turned, axis=1).argmax())
    landmarks = farthest_points(turned, min(n_landmarks, len(turned)), start=first)
    radius = np.linalg.norm(seen.points - np.average(seen.points, axis=0, weights=mass), axis=1).max()
    turned = turned * (radius / mass.sum() ** (1 / dimension))
    distances = _distances(turned, landmarks)
    points, local, away = (
        torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in (turned, seen.local, distances)
    )
    return CloudTensors(points, local, away, torch.from_numpy(landmarks))


def _distances(points: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(n, l) lengths of paths that hop from landmark to landmark wherever neighbouring points belong to both.

    A graph of landmarks instead of points: exact to about the spacing of the landmarks, in time linear in n.
    """
    n, n_landmarks = len(points), len(landmarks)
    doors = min(_DOORS, n_landmarks)
    reach, door = cKDTree(points[landmarks]).query(points, doors)
    reach, door = reach.reshape(n, doors), door.reshape(n, doors)
    lengths, neighbour = nearest_neighbours(points, min(_LINKS, n - 1))
    own, away = door[:, :1], door[neighbour, 0]
    hops = reach[:, :1] + lengths + reach[neighbour, 0]
    crossing = own != away
    rows = np.broadcast_to(own, away.shape)[crossing]
    order = np.lexsort((hops[crossing], away[crossing], rows))
    pairs = np.stack([rows, away[crossing]], axis=1)[order]
    first = np.ones(len(pairs), bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    graph = coo_array((hops[crossing][order][first], pairs[first].T), shape=(n_landmarks, n_landmarks)).tocsr()
    between = shortest_path(graph, directed=False)
    straight = np.linalg.norm(points[landmarks][:, None] - points[landmarks][None], axis=2)
    # Hops overshoot between neighbours, and cannot be shorter than the straight line.
    between = np.maximum(np.where(np.isfinite(between), between, _FAR), straight)
    through = reach[:, 0, None] + between[door[:, 0]]
    for column in range(1, doors):
        # Only doors in the same part of the cloud: a thin gap must not be jumped.
        near = between[door[:, 0], door[:, column]] < 2 * (reach[:, 0] + reach[:, column]) + 1e-12
        other = reach[:, column, None] + between[door[:, column]]
        through = np.where(near[:, None], np.minimum(through, other), through)
    through[np.arange(n)[:, None], door[:, :1]] = reach[:, :1]
    return np.minimum(through, _FAR)
