"""Laying a part of a shape on the whole: turned and moved as a rigid body, then bent in its own low eigenfunctions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.errors import MeshError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.body import SIZES, Body, Target
from geomlearn.matching.registration.poses import Pose, fitted_pose, likely_poses
from geomlearn.matching.zoomout import Maps

# Sizes and samples after which poses are compared, and how many of them are bent to the end.
COMPARED, N_COMPARED, N_BENT = SIZES[:5], 300, 3
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
    MeshError   the part has hardly any of the area of the whole, or is much larger: their units differ.
    Cancelled   before the part was bent for the first time.

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
    target = Target(whole)
    body = Body(part, target.scale)
    if landmarks is None or len(landmarks) < 3:
        samples = body.points[body.samples]
        poses = likely_poses(samples, target.points, target.samples, progress.part(0.0, 0.2))
    else:
        poses = [_known_pose(a, b, part, landmarks)]
    begun = []
    for i, pose in enumerate(poses):
        if begun and progress.cancelled:
            break
        progress(0.2 + 0.3 * i / len(poses), f"pose {i + 1} of {len(poses)}")
        begun.append(body.bent(pose, target, COMPARED, N_COMPARED, SILENT).residual)
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


def _known_pose(a: Prepared, b: Prepared, part: Prepared, landmarks: np.ndarray) -> Pose:
    scale = np.sqrt(max(a.area, b.area))
    here, there = a.shape.vertices[landmarks[:, 0]] / scale, b.shape.vertices[landmarks[:, 1]] / scale
    return fitted_pose(here, there) if part is a else fitted_pose(there, here)


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
