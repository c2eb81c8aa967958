"""Laying a part of a shape on the whole: turned and moved as a rigid body, then bent as rigidly as possible.

How a part is bent and judged was chosen on sixteen parts of built-in creatures, cut off by planes and at a distance or
riddled with holes, and their whole bodies in other poses; no published pair was looked at. `matching.poses` is older:
among its settings the share that is believed and the turn that counts as another were held against others.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.alignment import Pose, fitted_pose
from geomlearn.matching.point_map import Maps, functional_map_of
from geomlearn.matching.poses import likely_poses
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.registration.body import Body, Laid, Target
from geomlearn.matching.registration.units import likely_factors, part_first, rescaled

# Vertices of the whole towards which the stiff part is moved, and how many of its likely poses are bent.
N_PLACES, N_BENT = 5000, 6
# Modes of the functional maps handed over.
K_MAP = 30
# No true part of those creatures was stretched or lay off so much; bodies of other families, balls, tori were or did.
MAX_STRETCH, MAX_RESIDUAL = 0.097, 0.1
# A vertex of the part this far from the whole (√area) lies not on it; one of the whole lies under the part within so
# many spacings of its vertices.
LIES_ON, COVERED = 0.05, 2.0
# Factors between units that are tried.
N_FACTORS = 3
# Parts and wholes this many times √area apart do not lie where they belong.
FAR_APART = 10.0


def registration(
    a: Prepared, b: Prepared, landmarks: np.ndarray | None = None, *, progress: Progress = SILENT
) -> Result[Maps]:
    """Match a part with the whole it was cut from, in another pose.

    Parameters
    ----------
    a, b      two shapes, one a part of the other in another pose, or parts that overlap. How they are turned and
              placed does not matter; units need not be common where sizes tell that they are not.
    landmarks (l, 2)  known pairs of prepared vertices; three or more settle how the part is turned and placed.
    progress  reports; cancelling stops bending and hands over the map so far.

    Returns
    -------
    Result[Maps]   every vertex of the part is given an image, and a vertex of the whole the vertex of the part whose
                   image is nearest; `partner_ab` and `partner_ba` say where that means something. Stats hold
                   `residual`: the mean squared joint distance of part and whole, in units of a tenth of √area and of
                   opposite normals; `stretch`: the mean |log| of the factors by which edges changed; `factor`: by which
                   the part came into the unit of the whole; `notes`: a warning where residual or stretch are larger
                   than of any true part, and the factor where it is not 1.

    Use when …   something is missing on one side, or on both: cuts, holes, scans from one view.
    Avoid when … bodies differ: the part keeps its lengths.
    Source   Besl & McKay 1992, A method for registration of 3-D shapes; Chetverikov et al. 2005, trimmed ICP;
             Sorkine & Alexa 2007, As-rigid-as-possible surface modeling; Huang, Adams, Wicke & Guibas 2008, Non-rigid
             registration under isometric deformations, for bending less and less stiffly while ways along the surface
             must agree; Sumner et al. 2007, Embedded deformation, for vertices carried along by samples.
    Differs  1. One direction alone is optimised, from the part to the whole: what the part lacks attracts nothing.
             2. Ways are measured from landmarks where the part lies well already, which are chosen anew at each
                stiffness, and are one more coordinate of the search for neighbours; the last courses do without.
             3. Several poses are bent, and the one with the least residual and strain is kept.
             4. What would be drawn to an open rim of the whole is not drawn there: it may lie beyond.
    """
    a_first = part_first(a, b)
    part, whole = _near_the_origin(*((a, b) if a_first else (b, a)))
    known = landmarks if a_first or landmarks is None else landmarks[:, ::-1]
    target = Target(whole)
    factors = likely_factors(part, whole)[:N_FACTORS]
    tried: list[Any] = []
    for i, factor in enumerate(factors):
        step = progress.part(0.95 * i / len(factors), 0.95 * (i + 1) / len(factors))
        if tried and progress.cancelled:
            break
        tried.append((factor, *_laid(rescaled(part, factor), target, known, step)))
    factor, body, laid = min(tried, key=lambda one: one[2].residual + one[2].strain)
    images, normals = body.samples.carried(laid.points, laid.rotations)
    to_whole = target.nearest(images, normals)[1]
    far, to_part = cKDTree(images).query(target.points)
    maps = (to_whole, to_part) if a_first else (to_part, to_whole)
    mine, other = _partners(images, target, to_whole), _covered(far, images)
    partners = (mine, other) if a_first else (other, mine)
    k = min(K_MAP, a.basis.k, b.basis.k)
    low_a, low_b = a.basis.truncated(k), b.basis.truncated(k)
    fmap_ab = functional_map_of(maps[1], low_a.evecs, low_b.evecs, low_b.mass)
    fmap_ba = functional_map_of(maps[0], low_b.evecs, low_a.evecs, low_a.mass)
    names = part.whole.name, whole.whole.name
    status, sentence = Status.CONVERGED, f"{names[0]} was laid on {names[1]}, whose images mean something only there."
    if progress.cancelled:
        status, sentence = Status.CANCELLED, f"Cancelled; {names[0]} is bent on {names[1]} as far as it got."
    notes = _doubts(laid, *names)
    if factor != 1:
        notes.append(f"Units differ: {names[0]} was multiplied by {factor:.4g}.")
    stats = {"k": k, "residual": laid.residual, "stretch": laid.stretch, "factor": factor, "notes": notes}
    found = Maps(maps[0], maps[1], fmap_ab, fmap_ba, partners[0], partners[1])
    return Result(found, status, " ".join([sentence, *notes]), (), stats)


def _near_the_origin(a: Prepared, b: Prepared) -> tuple[Prepared, Prepared]:
    """Both moved by one shift, so that squares of coordinates keep their digits; each by its own when far apart."""
    middles = [(side.shape.vertices.max(axis=0) + side.shape.vertices.min(axis=0)) / 2 for side in (a, b)]
    if np.linalg.norm(middles[0] - middles[1]) < FAR_APART * np.sqrt(max(a.area, b.area)):
        middles = [middles[a.area <= b.area]] * 2
    moved = []
    for side, middle in zip((a, b), middles, strict=True):
        side = copy(side)
        side.shape = side.shape.replace(vertices=side.shape.vertices - middle)
        moved.append(side)
    return moved[0], moved[1]


def _laid(part: Prepared, target: Target, landmarks: np.ndarray | None, progress: Progress) -> tuple[Body, Laid]:
    """The part in one unit, laid on the whole."""
    body = Body(part, target.scale)
    if landmarks is None or len(landmarks) < 3:
        few = np.random.default_rng(0).permutation(len(target.points))[:N_PLACES]
        places = part.shape.vertices[part.samples] / target.scale, target.points[few], target.points[target.rows]
        poses = likely_poses(*places, progress.part(0.0, 0.4))[:N_BENT]
    else:
        here, there = part.shape.vertices[landmarks[:, 0]] / target.scale, target.points[landmarks[:, 1]]
        poses = [fitted_pose(here, there)]
    return body, _best(body, poses, target, progress.part(0.4, 1.0))


def _best(body: Body, poses: list[Pose], target: Target, progress: Progress) -> Laid:
    """Bent from each pose, of which cancelling leaves out those not begun."""
    laid: list[Laid] = []
    for i, pose in enumerate(poses):
        if laid and progress.cancelled:
            break
        laid.append(body.bent(pose, target, progress.part(i / len(poses), (i + 1) / len(poses))))
    return min(laid, key=lambda one: one.residual + one.strain)


def _partners(images: np.ndarray, target: Target, found: np.ndarray) -> np.ndarray:
    """(n,) whether vertices of the part lie on the whole, whose vertices (n,) are nearest; in √area of the whole.

    What lies off the rim of the whole has none, however near.
    """
    apart = np.linalg.norm(images - target.points[found], axis=1)
    return apart < np.where(target.rim[found], target.spacing, LIES_ON)


def _covered(far: np.ndarray, images: np.ndarray) -> np.ndarray:
    """(n,) whether vertices of the whole, this far from the nearest image, lie under the part."""
    spacing = cKDTree(images).query(images, k=2)[0][:, 1] if len(images) > 1 else np.zeros(1)
    return far < max(LIES_ON / 2, COVERED * float(np.median(spacing)))


def _doubts(laid: Laid, part: str, whole: str) -> list[str]:
    """What tells that the part is none, or was laid in the wrong place."""
    signs = []
    if laid.stretch > MAX_STRETCH:
        signs.append(f"its edges had to change by {np.expm1(laid.stretch):.0%} on average")
    if laid.residual > MAX_RESIDUAL:
        signs.append("it lies off the surface or faces the wrong way")
    if not signs:
        return []
    return [f"{part} may be no part of {whole}, or lie in the wrong place: {' and '.join(signs)}."]
