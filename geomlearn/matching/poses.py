"""Where a stiff shape may lie on another, or a part on its whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from geomlearn.core.progress import Progress
from geomlearn.matching.alignment import Pose, fitted_pose, principal_rotations

# Samples of the part that are turned and moved, and steps of that: for all poses, and for the best of them.
N_ROUGH, ROUGH_STEPS, N_FINE, FINE_STEPS = 100, 6, 300, 25
# How many of the poses are handed over, and of how many more they are the best after the longer course.
N_CHOSEN, TIMES_MORE = 12, 3
# Ends of the whole towards which the part is put, and turns all around beside those of principal axes. Poses closer
# than 8° count once: tr R = 1 + 2 cos φ.
N_ENDS = 6
N_AROUND, SAME_TURN = 24, 1 + 2 * np.cos(np.radians(8))
# Share of the samples that is believed: the rest may be bent limbs.
TRIMMED = 0.8


def likely_poses(
    points: np.ndarray, places: np.ndarray, samples: np.ndarray, progress: Progress, n_ends: int = N_ENDS
) -> list[Pose]:
    """The best of many, best first: turned by principal axes and all around, put in the middle and towards the ends.

    Parameters
    ----------
    points (s, 3)   well-spread samples of the part;  samples (t, 3)  of the whole, all of whose vertices are `places`.
    progress        cancelling makes do with the poses tried by then.
    n_ends          0 for two wholes, which share their middle.
    """
    points = points[:N_FINE]
    middle, centre = points.mean(axis=0), samples.mean(axis=0)
    axes = principal_rotations(points - middle, samples - centre)
    around = Rotation.random(N_AROUND, rng=np.random.default_rng(0)).as_matrix()
    put = np.vstack([centre, (centre + samples[:n_ends]) / 2])
    begun = [(np.eye(3), np.zeros(3))]
    begun += [(turn, place - turn @ middle) for turn in (np.eye(3), *axes, *around) for place in put]
    tree = cKDTree(places)
    rough: list[tuple[float, Pose]] = []
    for i, pose in enumerate(begun):
        if rough and progress.cancelled:
            break
        progress(i / len(begun), f"turn {i + 1} of {len(begun)}")
        rough.append(_stiff(points[:N_ROUGH], tree, places, pose, ROUGH_STEPS))
    n_fine = 1 if progress.cancelled else TIMES_MORE * N_CHOSEN
    found = _sorted(_stiff(points, tree, places, pose, FINE_STEPS) for pose in _sorted(rough)[:n_fine])
    chosen: list[Pose] = []
    for pose in found:
        if all(np.trace(pose[0] @ other[0].T) < SAME_TURN for other in chosen):
            chosen.append(pose)
    return chosen[:N_CHOSEN]


def _sorted(found: Iterable[tuple[float, Pose]]) -> list[Pose]:
    return [pose for _, pose in sorted(found, key=lambda one: one[0])]


def _stiff(points: np.ndarray, tree: cKDTree, places: np.ndarray, pose: Pose, n_steps: int) -> tuple[float, Pose]:
    """Trimmed iterated closest points from a pose: the mean distance of those believed, and the pose."""
    rotation, shift = pose
    n_believed = int(TRIMMED * (len(points) - 1)) + 1
    for _ in range(n_steps):
        apart, found = tree.query(points @ rotation.T + shift)
        believed = np.argpartition(apart, n_believed - 1)[:n_believed]
        rotation, shift = fitted_pose(points[believed], places[found[believed]])
    apart = np.sort(tree.query(points @ rotation.T + shift)[0])
    return float(apart[: int(TRIMMED * len(apart))].mean()), (rotation, shift)
