"""A surface at rest as a set of places: what features of its kind learn to name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Width of the soft target around a place, in √area at rest: about the distance between 512 anchors.
SOFTNESS = 0.035
# Neighbours looked at, to find one on the same side of a thin part.
CANDIDATES = 16


@dataclass(frozen=True, eq=False)
class Template:
    """A kind's surface at rest, at unit area.

    Attributes
    ----------
    points, normals (n, 3);  scale   of its coordinates in files;  modes (n, m)  without the constant.
    anchors (q,)   well-spread vertices.
    """

    points: np.ndarray
    normals: np.ndarray
    scale: float
    modes: np.ndarray
    anchors: np.ndarray

    def places(self, rest: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(s,) the vertex nearest to each place at rest (s, 3), in units of the file, facing the same way (s, 3)."""
        far, near = cKDTree(self.points).query(rest / self.scale, k=min(CANDIDATES, len(self.points)))
        turned = np.einsum("ij,ikj->ik", normals, self.normals[near]) < 0
        return near[np.arange(len(near)), (far + turned).argmin(axis=1)]

    def targets(self, places: np.ndarray) -> np.ndarray:
        """(s, q) how much each vertex (s,) belongs to each anchor; rows sum to 1."""
        here, there = self.points[places].astype(np.float32), self.points[self.anchors].astype(np.float32)
        apart = (here**2).sum(axis=1)[:, None] + (there**2).sum(axis=1) - 2 * here @ there.T
        facing = (self.normals[places] @ self.normals[self.anchors].T) > -0.2
        logits = -apart / (2 * SOFTNESS**2) - 40.0 * ~facing
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def read_template(path: Path, n_anchors: int, n_modes: int) -> Template:
    """The template in a file with `vertices` and `faces`."""
    with np.load(path, allow_pickle=False) as file:
        shape = Shape(file["vertices"].astype(float), file["faces"].astype(np.int64), path.stem)
    basis = eigenbasis(shape, EigenbasisOptions(k=n_modes + 1))
    scale = float(np.sqrt(shape.area))
    modes = basis.evecs[:, 1:] * scale
    points = shape.vertices / scale
    return Template(points, vertex_normals(shape), scale, modes.astype(np.float32), farthest_points(points, n_anchors))
