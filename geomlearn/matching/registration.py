"""Laying a part of a shape on the whole: turned and moved as a rigid body, then bent in its own low eigenfunctions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from geomlearn.core.errors import MeshError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.alignment import fitted_rotation, principal_rotations
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.zoomout import Maps
from geomlearn.shapes.normals import vertex_normals
from geomlearn.shapes.shape import Shape

# Samples of the part that are turned and moved, and steps of that: for all poses, and for the best of them. Bent later
# are all samples it has.
N_ROUGH, ROUGH_STEPS, N_RIGID, RIGID_STEPS = 100, 6, 300, 25
# How many of the poses found are bent a little, and how many of these to the end.
N_CHOSEN, N_BENT = 12, 3
# Ends of the whole towards which the part is put, and turns all around beside those of principal axes. Poses closer
# than 8° count once: tr R = 1 + 2 cos φ.
N_ENDS = 6
N_AROUND, SAME_TURN = 24, 1 + 2 * np.cos(np.radians(8))
# Share of the samples that is believed while the part is still stiff: the rest may be bent limbs.
TRIMMED = 0.8
# Eigenfunctions of the displacement, steps with each, and the weight of its bending.
SIZES, STEPS, BENDING = (4, 6, 9, 13, 18, 25, 35, 50, 70, 100), 3, 1e-4
# Sizes after which poses are compared.
COMPARED = 5
# A unit of distance in the joint space: this part of √area, and this chord between normals.
NEAR, NORMAL = 0.1, 2.0
# Modes of the functional maps handed over.
K_MAP = 30
# Refused as no part in common units: what has so small a share of the area, or a box of which the whole's is so small
# a share.
SMALLEST, SMALLER = 1e-3, 0.5


def registration(
    a: Prepared, b: Prepared, landmarks: np.ndarray | None = None, *, progress: Progress = SILENT
) -> Result[Maps]:
    """Match a part with the whole it was cut from, in another pose.

    Parameters
    ----------
    a, b      shapes in common units, one a part of the other in a pose not too far from its own; the part is the one
              of smaller area. How they are turned and placed does not matter.
    landmarks (l, 2)  known pairs of prepared vertices; three or more settle how the part is turned and placed.
    progress  reports; cancelling stops bending and hands over the map so far.

    Returns
    -------
    Result[Maps]   every vertex of the part has its image; a vertex of the whole is given the vertex of the part whose
                   image is nearest, which means something only where the part is. Stats hold `residual`: the mean
                   squared joint distance of part and whole, in units of a tenth of √area and of opposite normals.

    Raises
    ------
    MeshError   the whole is much smaller than the part: their units differ.

    Use when …   something is missing on one side: cuts, holes, scans from one view.
    Avoid when … limbs are bent far away from where they were, or units are not common: the part is moved and bent in
                 space, and does not know the surface it slides on.
    Source   Besl & McKay 1992, A method for registration of 3-D shapes; Chetverikov et al. 2005, trimmed ICP;
             Eisenberger et al. 2020, Smooth Shells, arXiv 1905.12512, for displacements in growing numbers of
             eigenfunctions and neighbours in positions and normals together.
    Differs  1. One direction alone is optimised, from the part to the whole: what the part lacks attracts nothing.
             2. The functional map is no part of the embedding: at a cut the part's modes are others than the whole's.
             3. Several poses are begun with, bent a little, and the one with the least residual goes on.
    """
    part, whole = (a, b) if a.area <= b.area else (b, a)
    _check_units(part, whole)
    target = _Target(whole)
    body = _Body(part, target.scale)
    poses = (
        _poses(body, target, progress.part(0.0, 0.2))
        if landmarks is None or len(landmarks) < 3
        else [_known_pose(a, b, part, landmarks)]
    )
    begun = []
    for i, pose in enumerate(poses):
        if begun and progress.cancelled:
            break
        progress(0.2 + 0.3 * i / len(poses), f"pose {i + 1} of {len(poses)}")
        begun.append(body.bent(pose, target, SIZES[:COMPARED], N_RIGID, SILENT).residual)
    laid = []
    for i in np.argsort(begun)[:N_BENT]:
        if laid and progress.cancelled:
            break
        start = 0.5 + 0.45 * len(laid) / N_BENT
        laid.append(body.bent(poses[i], target, SIZES, None, progress.part(start, start + 0.45 / N_BENT)))
    laid = min(laid, key=lambda one: one.residual)
    to_whole = target.nearest(laid.points, laid.normals)[1]
    to_part = cKDTree(laid.points).query(target.points)[1]
    maps = (to_whole, to_part) if part is a else (to_part, to_whole)
    k = min(K_MAP, a.basis.k, b.basis.k)
    low_a, low_b = a.basis.truncated(k), b.basis.truncated(k)
    fmap_ab = functional_map_of(maps[1], low_a.evecs, low_b.evecs, low_b.mass)
    fmap_ba = functional_map_of(maps[0], low_b.evecs, low_a.evecs, low_a.mass)
    names = part.whole.name, whole.whole.name
    status, sentence = Status.CONVERGED, f"{names[0]} was laid on {names[1]}, whose images mean something only there."
    if progress.cancelled:
        status, sentence = Status.CANCELLED, f"Cancelled; {names[0]} is bent on {names[1]} as far as it got."
    return Result(Maps(*maps, fmap_ab, fmap_ba), status, sentence, (), {"k": k, "residual": laid.residual})


def _known_pose(a: Prepared, b: Prepared, part: Prepared, landmarks: np.ndarray) -> _Pose:
    scale = np.sqrt(max(a.area, b.area))
    here, there = a.shape.vertices[landmarks[:, 0]] / scale, b.shape.vertices[landmarks[:, 1]] / scale
    return _fitted_pose(here, there) if part is a else _fitted_pose(there, here)


def _fitted_pose(here: np.ndarray, there: np.ndarray) -> _Pose:
    rotation = fitted_rotation(torch.from_numpy(here), torch.from_numpy(there)).numpy()
    return rotation, there.mean(axis=0) - rotation @ here.mean(axis=0)


def _check_units(part: Prepared, whole: Prepared) -> None:
    names = part.whole.name, whole.whole.name
    if part.area < SMALLEST * whole.area:
        raise MeshError(
            f"{names[0]} has {part.area / whole.area:.1g} of the area of {names[1]}: units differ, or it is no part.",
            "Registration lays a part on the whole in common units: scale one of them.",
        )
    sizes = [float(np.linalg.norm(np.ptp(side.shape.vertices, axis=0))) for side in (part, whole)]
    if sizes[1] < SMALLER * sizes[0]:
        raise MeshError(
            f"{names[0]} has less area than {names[1]} but is {sizes[0] / sizes[1]:.2g} times as large.",
            "Registration lays a part on the whole in common units: scale one of them.",
        )


# Rotation (3, 3) and shift (3,).
_Pose = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class _Laid:
    """The part as it lies on the whole: (n, 3) points over √area of the whole, (n, 3) normals, and how well it lies."""

    points: np.ndarray
    normals: np.ndarray
    residual: float


class _Target:
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


class _Body:
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
        pose: _Pose,
        target: _Target,
        sizes: tuple[int, ...],
        n_samples: int | None,
        progress: Progress,
    ) -> _Laid:
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
        return _Laid(points, normals, float((apart**2).mean()) + bending / NEAR**2)


def _poses(body: _Body, target: _Target, progress: Progress) -> list[_Pose]:
    """The best of many, best first: turned by principal axes and all around, put in the middle and towards the ends."""
    points = body.points[body.samples[:N_RIGID]]
    middle, centre = points.mean(axis=0), target.samples.mean(axis=0)
    axes = principal_rotations(torch.from_numpy(points - middle), torch.from_numpy(target.samples - centre)).numpy()
    around = Rotation.random(N_AROUND, rng=np.random.default_rng(0)).as_matrix()
    places = np.vstack([centre, (centre + target.samples[:N_ENDS]) / 2])
    begun = [(np.eye(3), np.zeros(3))]
    begun += [(turn, place - turn @ middle) for turn in (np.eye(3), *axes, *around) for place in places]
    tree = cKDTree(target.points)
    rough = []
    for i, pose in enumerate(begun):
        if rough and progress.cancelled:
            break
        progress(i / len(begun), f"turn {i + 1} of {len(begun)}")
        rough.append(_stiff(points[:N_ROUGH], tree, target.points, pose, ROUGH_STEPS))
    n_fine = 1 if progress.cancelled else 3 * N_CHOSEN
    found = _sorted(_stiff(points, tree, target.points, pose, RIGID_STEPS) for pose in _sorted(rough)[:n_fine])
    chosen: list[_Pose] = []
    for pose in found:
        if all(np.trace(pose[0] @ other[0].T) < SAME_TURN for other in chosen):
            chosen.append(pose)
    return chosen[:N_CHOSEN]


def _sorted(found: Iterable[tuple[float, _Pose]]) -> list[_Pose]:
    return [pose for _, pose in sorted(found, key=lambda one: one[0])]


def _stiff(points: np.ndarray, tree: cKDTree, places: np.ndarray, pose: _Pose, n_steps: int) -> tuple[float, _Pose]:
    """Trimmed iterated closest points from a pose: the mean distance of those believed, and the pose."""
    rotation, shift = pose
    for _ in range(n_steps):
        apart, found = tree.query(points @ rotation.T + shift)
        believed = apart <= np.quantile(apart, TRIMMED)
        rotation, shift = _fitted_pose(points[believed], places[found[believed]])
    apart = np.sort(tree.query(points @ rotation.T + shift)[0])
    return float(apart[: int(TRIMMED * len(apart))].mean()), (rotation, shift)
