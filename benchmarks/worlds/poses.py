"""Random poses of a human skeleton: turns of joints about the axes of the room (x to the left, −y ahead, z up)."""

from __future__ import annotations

import numpy as np

Pose = dict[str, np.ndarray]

# Deviations of a joint's turns about x, y and z in degrees, and the mean; sides are those of the left, mirrored for
# the right. Arms hang at 45° at rest: about y they rise or fall, about z they swing ahead.
_JOINTS = {
    "spine05": ((10, 6, 8), (5, 0, 0)),
    "spine03": ((12, 8, 10), (6, 0, 0)),
    "spine01": ((10, 6, 10), (4, 0, 0)),
    "neck02": ((12, 8, 15), (0, 0, 0)),
    "head": ((10, 8, 12), (0, 0, 0)),
    "upperleg01.L": ((38, 14, 14), (-22, -5, 0)),
    "lowerleg01.L": ((36, 3, 4), (34, 0, 0)),
    "foot.L": ((14, 6, 8), (0, 0, 0)),
    "clavicle.L": ((6, 6, 6), (0, 0, 0)),
    "upperarm01.L": ((25, 34, 32), (0, 5, -12)),
    "lowerarm01.L": ((14, 14, 36), (0, 0, -28)),
    "wrist.L": ((16, 16, 16), (0, 0, 0)),
}
_FINGER = (14, 18, 6)
# Ranges about x of joints that bend one way.
_LIMITS = {"lowerleg01.L": (-2, 145), "upperleg01.L": (-130, 35)}
# Hard poses, as turns about x, y, z of the left side; the right side mirrors them unless it is given.
HARD: dict[str, dict[str, tuple[float, float, float]]] = {
    "crouch": {
        "upperleg01.L": (-112, -8, 8), "lowerleg01.L": (128, 0, 0), "foot.L": (-18, 0, 0), "spine05": (18, 0, 0),
        "spine03": (22, 0, 0), "spine01": (14, 0, 0), "upperarm01.L": (-35, 35, -25), "lowerarm01.L": (0, 0, -55),
    },
    "kneel": {
        "upperleg01.L": (-15, 0, 0), "lowerleg01.L": (110, 0, 0), "upperarm01.L": (0, 38, -8),
    },
    "sit": {
        "upperleg01.L": (-88, -4, 0), "lowerleg01.L": (88, 0, 0), "upperarm01.L": (-20, 38, -10),
    },
    "hands on hips": {
        "upperarm01.L": (0, 12, 20), "lowerarm01.L": (-25, 75, -60), "wrist.L": (0, 20, 0),
    },
    "arms crossed": {
        "upperarm01.L": (-10, 30, -62), "lowerarm01.L": (0, -35, -80),
    },
    "arms up": {
        "clavicle.L": (0, -18, 0), "upperarm01.L": (0, -105, 0), "lowerarm01.L": (0, -20, 0),
    },
    "hug": {
        "upperarm01.L": (0, -38, -82), "lowerarm01.L": (0, 0, -50),
    },
    "stride": {
        "upperleg01.L": (-75, 0, 0), "upperleg01.R": (30, 0, 0), "lowerleg01.L": (55, 0, 0),
        "lowerleg01.R": (25, 0, 0),
    },
    "kick": {
        "upperleg01.L": (-95, -8, 0), "upperleg01.R": (4, 0, 0), "lowerleg01.L": (12, 0, 0),
        "lowerleg01.R": (8, 0, 0),
    },
    "twist": {
        "spine05": (8, 0, 22), "spine03": (8, 6, 26), "spine01": (4, 6, 26), "head": (0, 0, 30),
    },
    "bow": {
        "spine05": (30, 0, 0), "spine03": (32, 0, 0), "spine01": (22, 0, 0), "upperleg01.L": (-45, 0, 0),
        "upperarm01.L": (-60, 20, -20),
    },
    "lunge": {
        "upperleg01.L": (-92, -10, 0), "lowerleg01.L": (92, 0, 0), "upperleg01.R": (22, 0, 0),
        "lowerleg01.R": (48, 0, 0), "spine03": (14, 0, 0),
    },
    "one leg": {
        "upperleg01.L": (-70, -18, 25), "upperleg01.R": (0, 0, 0), "lowerleg01.L": (125, 0, 0),
        "lowerleg01.R": (0, 0, 0),
    },
}  # fmt: skip


def random_pose(rng: np.random.Generator, wildness: float, hard: float = 0.4) -> Pose:
    """Turns (3,) in degrees by joint.

    Parameters
    ----------
    wildness  0 stands as at rest, 1 is what people do, 1.6 what few can.
    hard      how often the pose starts from one of `HARD`.
    """
    start: dict[str, tuple[float, ...]] = {}
    if rng.random() < hard:
        start = HARD[list(HARD)[rng.integers(len(HARD))]]
    share = rng.uniform(0.6, 1.0) if start else 0.0
    pose: Pose = {}
    for name, (spread, mean) in _JOINTS.items():
        for side in ("L", "R") if name.endswith(".L") else ("",):
            own = name.replace(".L", f".{side}") if side else name
            goal = np.array(start.get(own, start.get(name, (0, 0, 0))), float)
            loose = wildness * (0.5 if start else 1.0)
            turn = share * goal + loose * (np.array(spread) * rng.standard_normal(3) + (not start) * np.array(mean))
            low, high = _LIMITS.get(name, (-170, 170))
            turn[0] = np.clip(turn[0], low, high)
            # What is to the left is mirrored to the right: turns about y and z change sign.
            pose[own] = turn * ((1, -1, -1) if side == "R" else (1, 1, 1))
    if rng.random() < 0.5:
        pose = mirrored(pose)
    for side in "LR":
        curl = wildness * rng.uniform(0, 1.6)
        for finger in range(1, 6):
            for joint in range(1, 4):
                turn = np.array((6, 30 * curl if finger > 1 else 8, 4)) * rng.normal(1, 0.3, 3)
                pose[f"finger{finger}-{joint}.{side}"] = turn * ((1, 1, 1) if side == "L" else (1, -1, -1))
    return pose


def mirrored(pose: Pose) -> Pose:
    """The pose as a mirror shows it."""
    other = {"L": "R", "R": "L"}
    flip = np.array((1, -1, -1))
    return {(n[:-1] + other[n[-1]] if n[-2:] in (".L", ".R") else n): turn * flip for n, turn in pose.items()}
