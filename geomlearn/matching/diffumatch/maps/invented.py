"""Animals nobody has seen: a trunk with limbs at random, and the skeleton to bend them by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.core.errors import SolverError
from geomlearn.shapes.builtin.family import Family, marched
from geomlearn.shapes.builtin.implicit import Limb
from geomlearn.shapes.builtin.skeleton import Build, Joint, Skeleton

# Distance over which a joint's turn sets in, metres: a limb's radius and more, so that bending never folds it.
SOFTNESS = 0.035
# Limbs drawn until none of them fuse with another, which would make a handle.
ATTEMPTS = 40
# Metres between the samples that show whether they did.
SPACING = 0.03


def invented_family(rng: np.random.Generator, n_limbs: int) -> Family:
    """A random body plan with `n_limbs` limbs, half of them on either side where they come in pairs.

    Parameters
    ----------
    n_limbs   limbs on the trunk, tail and head counted, 1 … 12.

    Returns
    -------
    A family with four random bodies and six random poses, whose surface is of genus 0.

    Raises
    ------
    SolverError   limbs fused in each of 40 drawn bodies.
    """
    for _ in range(ATTEMPTS):
        segments = _segments(rng, n_limbs)
        family = _family(rng, segments, n_limbs)
        points, faces = marched(family.flesh, SPACING)
        if 2 * len(points) - len(faces) == 4:
            return family
    raise SolverError(f"No body with {n_limbs} limbs came out whole.", "Ask for fewer limbs.")


class _Segment:
    """A piece of trunk or limb: start, end, radii, and the number of the segment it hangs on."""

    def __init__(self, start: np.ndarray, end: np.ndarray, radii: tuple[float, float], parent: int | None) -> None:
        self.start, self.end, self.radii, self.parent = start, end, radii, parent

    def mirrored(self, parent: int | None) -> _Segment:
        flip = np.array((-1, 1, 1))
        return _Segment(self.start * flip, self.end * flip, self.radii, parent)


class LimbSkeleton(Skeleton):
    """A skeleton whose joints hold what is nearer to their own bones than to the others.

    Parameters
    ----------
    joints    parents first.
    segments  ends (j, 2, 3) and radii (j,) of the joints' bones.
    """

    def __init__(self, joints: Sequence[Joint], ends: np.ndarray, radii: np.ndarray) -> None:
        super().__init__(joints)
        self._ends, self._radii = ends, radii

    def shares(self, points: np.ndarray) -> np.ndarray:
        """(n, j) the part of the nearness to all bones that falls to a joint's own and those that hang on it."""
        nearness = np.empty((len(points), len(self.joints)))
        for i, (start, end) in enumerate(self._ends):
            axis = end - start
            along = ((points - start) @ axis / (axis @ axis)).clip(0, 1)
            gap = np.linalg.norm(points - start - along[:, None] * axis, axis=1) - self._radii[i]
            nearness[:, i] = np.exp(-gap / SOFTNESS)
        total = nearness.sum(axis=1)
        for i in reversed(range(1, len(self.joints))):
            nearness[:, self.parents[i]] += nearness[:, i]
        part = ((nearness / total[:, None] - 0.1) / 0.8).clip(0, 1)
        part[:, 0] = 1
        return part**3 * (part * (6 * part - 15) + 10)


def _segments(rng: np.random.Generator, n_limbs: int) -> list[_Segment]:
    trunk = _trunk(rng)
    segments = list(trunk)
    n_pairs = int(rng.integers(n_limbs // 2 + 1)) if rng.random() < 0.3 else n_limbs // 2
    for _ in range(n_pairs):
        limb = _limb(rng, trunk, _unit(rng.standard_normal(3) * (0.5, 1.2, 0.5) + (1.0, -0.4, 0)), len(segments))
        segments += limb
        shift = len(limb)
        parents = [s.parent if s.parent is None or s.parent < len(trunk) else s.parent + shift for s in limb]
        segments += [s.mirrored(parent) for s, parent in zip(limb, parents, strict=True)]
    for i in range(n_limbs - 2 * n_pairs):
        ahead = 1 if i % 2 == 0 else -1
        segments += _limb(rng, trunk, _unit(rng.standard_normal(3) * (0.1, 0.6, 0.5) + (0, 0.3, ahead)), len(segments))
    return segments


def _trunk(rng: np.random.Generator) -> list[_Segment]:
    """Two or three segments along z, slightly bent up and down."""
    count = int(rng.integers(2, 4))
    length, radius = rng.uniform(0.5, 1.0), rng.uniform(0.08, 0.16)
    z = np.linspace(-length / 2, length / 2, count + 1)
    spine = np.stack([np.zeros(count + 1), rng.normal(0.8, 0.06, count + 1), z], axis=1)
    radii = radius * np.exp(0.25 * rng.standard_normal(count + 1))
    return [_Segment(spine[i], spine[i + 1], (radii[i], radii[i + 1]), None if i == 0 else i - 1) for i in range(count)]


def _limb(rng: np.random.Generator, trunk: list[_Segment], direction: np.ndarray, first: int) -> list[_Segment]:
    """One to three segments from a random place of the trunk outward; the last one may end in a paw or a head."""
    at = int(rng.integers(len(trunk)))
    if abs(direction[2]) > 0.8:
        at = 0 if direction[2] < 0 else len(trunk) - 1
    place = rng.random() if abs(direction[2]) <= 0.8 else float(direction[2] > 0)
    start = trunk[at].start + place * (trunk[at].end - trunk[at].start)
    if direction[0] > 0.2:
        start = start + np.array((0.6 * trunk[at].radii[0], 0, 0))
    count = int(rng.integers(1, 4))
    lengths = rng.uniform(0.25, 0.75) * rng.dirichlet(np.full(count, 6.0))
    radius, taper = rng.uniform(0.035, 0.07), rng.uniform(0.6, 1.0)
    segments = []
    for i, length in enumerate(lengths):
        end = start + length * direction
        radii = radius * taper ** (i / count), radius * taper ** ((i + 1) / count)
        if i == count - 1 and rng.random() < 0.4:
            radii = radii[0], radii[1] * rng.uniform(1.2, 2.0)
        segments.append(_Segment(start, end, radii, at if i == 0 else first + i - 1))
        start, direction = end, _unit(direction + 0.45 * rng.standard_normal(3) * (abs(direction[0]) > 0.2, 1, 1))
    return segments


def _family(rng: np.random.Generator, segments: list[_Segment], n_limbs: int) -> Family:
    limbs = [Limb(s.start.tolist(), s.end.tolist(), *s.radii, blend=0.02) for s in segments]
    joints = [
        Joint(
            f"bone{i}",
            None if s.parent is None else f"bone{s.parent}",
            tuple(s.start),
            tuple(s.end),
            (tuple(_unit(rng.standard_normal(3))), tuple(_unit(rng.standard_normal(3)))),
        )
        for i, s in enumerate(segments)
    ]
    skeleton = LimbSkeleton(
        joints, np.array([[s.start, s.end] for s in segments]), np.array([np.mean(s.radii) for s in segments])
    )
    names = [joint.name for joint in joints]
    bodies = {f"body{i}": Build({n: tuple(np.exp(_SPREAD * rng.standard_normal(3))) for n in names}) for i in range(4)}
    # The first bone carries everything: turning it would move the whole and change nothing.
    poses = {f"pose{i}": {n: tuple(_ANGLES * rng.standard_normal(3)) for n in names[1:]} for i in range(6)}
    return Family(f"invented{n_limbs}", limbs, skeleton, {}, bodies, poses)


# Deviations of length, width and depth (logarithms), and of the angles of a pose (degrees; the third is the twist).
_SPREAD = np.array((0.35, 0.3, 0.2))
_ANGLES = np.array((28.0, 28.0, 15.0))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
