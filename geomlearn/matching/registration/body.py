"""A part that is bent in its own low eigenfunctions until it lies on the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.progress import Progress
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.poses import Pose
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

# Eigenfunctions of the displacement, steps with each, and the weight of its bending.
SIZES, STEPS, BENDING = (4, 6, 9, 13, 18, 25, 35, 50, 70, 100), 3, 1e-4
# A unit of distance in the joint space: this part of √area, and this chord between normals.
NEAR, NORMAL = 0.1, 2.0


@dataclass(frozen=True, eq=False)
class Laid:
    """The part as it lies on the whole: (n, 3) points over √area of the whole, (n, 3) normals, and how well it lies."""

    points: np.ndarray
    normals: np.ndarray
    residual: float


class Target:
    """The whole, searched by position and normal together."""

    def __init__(self, whole: Prepared) -> None:
        self.scale = float(np.sqrt(whole.area))
        self.points = whole.shape.vertices / self.scale
        self.tree = cKDTree(_joint(self.points, vertex_normals(whole.shape)))
        self.samples = self.points[whole.samples]

    def nearest(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) joint distances and indices of the nearest vertices."""
        return self.tree.query(_joint(points, normals))


def _joint(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.hstack([points / NEAR, normals / NORMAL])


class Body:
    """The part: stiff, then bent by displacements that are sums of its eigenfunctions."""

    def __init__(self, part: Prepared, scale: float) -> None:
        self.shape, self.basis, self.samples = part.shape, part.basis, part.samples
        self.points = part.shape.vertices / scale
        self.stiff_normals = vertex_normals(part.shape)

    def normals(self, points: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """(n, 3) of the bent surface; those of a cloud only turn."""
        if self.shape.is_cloud:
            return self.stiff_normals @ rotation.T
        return vertex_normals(Shape(points, self.shape.faces))

    def bent(
        self,
        pose: Pose,
        target: Target,
        sizes: tuple[int, ...],
        n_samples: int | None,
        progress: Progress,
    ) -> Laid:
        """Bent from this pose with more and more eigenfunctions; cancelling stops at the size at hand."""
        rotation, shift = pose
        start = self.points @ rotation.T + shift
        rows = self.samples[:n_samples]
        points, bending = start, 0.0
        for i, size in enumerate(size for size in sizes if size <= min(self.basis.k, len(rows) // 3)):
            if progress.cancelled:
                break
            progress(i / len(sizes), f"{size} eigenfunctions")
            modes, stiffness = self.basis.evecs[:, :size], BENDING * self.basis.evals[:size]
            low = modes[rows]
            gram = low.T @ low / len(rows) + np.diag(stiffness)
            for _ in range(STEPS):
                found = target.nearest(points[rows], self.normals(points, rotation)[rows])[1]
                moved = np.linalg.solve(gram, low.T @ (target.points[found] - start[rows]) / len(rows))
                points = start + modes @ moved
            bending = float((stiffness[:, None] * moved**2).sum())
        normals = self.normals(points, rotation)
        apart = target.nearest(points[rows], normals[rows])[0]
        return Laid(points, normals, float((apart**2).mean()) + bending / NEAR**2)
