"""A part that is bent on the whole as rigidly as possible: first where ways along the surface agree, then by place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from geomlearn.core.progress import Progress
from geomlearn.matching.alignment import Pose
from geomlearn.matching.doubts import long_rims
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.samples import Samples

# Samples of either shape.
N_SAMPLES = 700
# A unit of distance in the joint space: this part of √area, and this chord between normals; and this part of √area as
# the root mean square difference of ways to landmarks.
NEAR, NORMAL, WAY = 0.1, 2.0, 0.025
# How stiff the part is, one course after the other: neighbours are sought by place, then by ways too, then by place.
BY_WAYS = tuple(np.geomspace(0.3, 3e-3, 7))
BY_PLACE = (0.03, 0.01, 0.003)
# Searches in each course, and how often points and rotations take turns after each.
STEPS, TURNS = 3, 2
# Squared joint distance that a sample beyond the rim of the whole counts for.
BEYOND = 0.25
# Landmarks are samples of the half that lies best.
N_LANDMARKS, BELIEVED = 20, 0.5

# Points (s, 3) and normals (s, 3) to indices (s,) of vertices of the whole.
Search = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Laid:
    """The part as it lies on the whole, in units of √area of the whole.

    Attributes
    ----------
    points (s, 3), rotations (s, 3, 3)   of its samples.
    residual   mean squared joint distance of the samples from the whole;  strain  change of edges, squared and summed;
    stretch    mean |log| of the factors by which edges grew or shrank.
    """

    points: np.ndarray
    rotations: np.ndarray
    residual: float
    strain: float
    stretch: float


class Target:
    """The whole, searched by position and normal together, and by ways from landmarks.

    Attributes
    ----------
    scale   √area;  points (n, 3)  vertices at unit area;  rows (s,)  its samples.
    rim (n,)  whether a vertex lies on a long open rim;  spacing  mean distance of vertices.
    """

    def __init__(self, whole: Prepared) -> None:
        self.scale = float(np.sqrt(whole.area))
        self.samples = Samples(whole, self.scale, N_SAMPLES)
        self.points = self.samples.vertices
        self.rows = whole.samples[:N_SAMPLES]
        self.joint = _joint(self.points, self.samples.vertex_normals)
        self.tree = cKDTree(self.joint)
        self.rim = long_rims(whole.shape)
        self.spacing = 1 / np.sqrt(len(self.points))

    def nearest(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) joint distances and indices of the nearest vertices."""
        return self.tree.query(_joint(points, normals))

    def by_place(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Indices (s,) of the nearest vertices."""
        return self.nearest(points, normals)[1]

    def by_ways(self, part: Samples, points: np.ndarray, normals: np.ndarray) -> Search:
        """A search among the samples that also heeds how far it is along the surface from where the part lies well."""
        apart, found = self.nearest(points, normals)
        # Every prefix of the samples is well spread.
        marks = np.flatnonzero(apart <= np.quantile(apart, BELIEVED))[:N_LANDMARKS]
        unit = WAY * np.sqrt(len(marks))
        own, theirs = part.ways(marks) / unit, self.samples.ways(self.samples.cell[found[marks]]) / unit
        there = np.hstack([self.joint[self.rows], theirs])
        half = (there**2).sum(axis=1) / 2

        def search(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
            # Least ‖x − y‖² is least ½‖y‖² − x·y, in one product of matrices.
            return self.rows[(half - np.hstack([_joint(points, normals), own]) @ there.T).argmin(axis=1)]

        return search


def _joint(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.hstack([points / NEAR, normals / NORMAL])


class Body:
    """The part: its samples, whose edges resist being changed otherwise than by a rotation."""

    def __init__(self, part: Prepared, scale: float) -> None:
        self.samples = Samples(part, scale, N_SAMPLES)
        self.count = len(self.samples.points)
        mean = sp.eye_array(self.count) / self.count
        self.solvers = [
            (stiffness, splu(sp.csc_array(mean + stiffness * self.samples.laplacian)).solve)
            for stiffness in (*BY_WAYS, *BY_PLACE)
        ]

    def bent(self, pose: Pose, target: Target, progress: Progress) -> Laid:
        """Bent from this pose, less and less stiff; cancelling stops after the course at hand."""
        part, (rotation, shift) = self.samples, pose
        points = part.points @ rotation.T + shift
        rotations = np.repeat(rotation[None], self.count, axis=0)
        for i, (stiffness, solve) in enumerate(self.solvers):
            if progress.cancelled:
                break
            progress(i / len(self.solvers), f"stiffness {stiffness:.2g}")
            search: Callable[[np.ndarray, np.ndarray], np.ndarray] = target.by_place
            if 0 < i < len(BY_WAYS):
                search = target.by_ways(part, points, _turned(rotations, part.normals))
            for _ in range(STEPS):
                found = search(points, _turned(rotations, part.normals))
                # Beyond a rim there may be more of the part: it stays where its edges hold it.
                goals = np.where(target.rim[found][:, None], points, target.points[found])
                for _ in range(TURNS):
                    points = solve(goals / self.count + stiffness * part.turned(rotations))
                    rotations = part.rotations(points)
        apart, found = target.nearest(points, _turned(rotations, part.normals))
        residual = float(np.where(target.rim[found], BEYOND, apart**2).mean())
        strain = part.strain(points, rotations)
        return Laid(points, rotations, residual, strain, part.stretch(points))


def _turned(rotations: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.einsum("sij,sj->si", rotations, normals)
