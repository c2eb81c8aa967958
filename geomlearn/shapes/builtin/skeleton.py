"""Joints, and the smooth maps of space that change a body's build and its pose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np

Vector = Sequence[float]
Gate = tuple[Vector, Vector, float]


@dataclass(frozen=True)
class Joint:
    """A joint of the rest pose and the bone that hangs on it.

    Attributes
    ----------
    name, parent   words; the parent comes earlier in the skeleton, None for the root.
    center    where it turns, metres.
    tip       end of its bone; centre to tip is the direction in which length is changed.
    axes      directions of the first two angles of a pose; the third turns about the bone.
    gates     half-spaces (point, direction, width): what lies beyond all of them hangs on this joint, and each rises
              from 0 to 1 over its width.
    also      further half-spaces whose intersection, and its mirror image, hangs on this joint as well: for arms that
              reach down past the chest they hang on.
    """

    name: str
    parent: str | None
    center: Vector
    tip: Vector
    axes: tuple[Vector, Vector] = ((1, 0, 0), (0, 0, 1))
    gates: tuple[Gate, ...] = ()
    also: tuple[Gate, ...] = ()

    def mirrored(self) -> Joint:
        """Its counterpart on the other side; names in ``_l`` become ``_r``."""
        parent = self.parent.replace("_l", "_r") if self.parent else None
        # A rotation seen in a mirror turns the other way, so axes flip where points do not.
        first, second = ((axis[0], -axis[1], -axis[2]) for axis in self.axes)
        gates = _flip_gates(self.gates)
        return Joint(self.name.replace("_l", "_r"), parent, _flip(self.center), _flip(self.tip), (first, second), gates)


@dataclass(frozen=True)
class Build:
    """How a body differs from the rest pose's.

    Attributes
    ----------
    bones    by joint name, ``_l``/``_r`` left out: factors (length, width) or (length, width, depth).
    swells   by name of the family's swells: metres of displacement at its centre.
    stance   degrees added to every pose, as in a pose.
    size     factor of the whole.
    """

    bones: Mapping[str, Vector] = field(default_factory=dict)
    swells: Mapping[str, float] = field(default_factory=dict)
    stance: Mapping[str, Vector] = field(default_factory=dict)
    size: float = 1.0


@dataclass(frozen=True)
class Swell:
    """A place where flesh can be added: a Gaussian displacement."""

    center: Vector
    radius: float
    direction: Vector


class Skeleton:
    """Joints in an order in which parents come first.

    Parameters
    ----------
    joints   the joints; those with a name ending in ``_l`` gain a mirror image.
    """

    def __init__(self, joints: Sequence[Joint]) -> None:
        pairs = [(joint, joint.mirrored()) if joint.name.endswith("_l") else (joint,) for joint in joints]
        self.joints = tuple(joint for pair in pairs for joint in pair)
        self.index = {joint.name: i for i, joint in enumerate(self.joints)}
        self.siblings = tuple(tuple(self.index[joint.name] for joint in pair) for pair in pairs)
        self.parents = tuple(self.index[joint.parent] if joint.parent else -1 for joint in self.joints)
        self.centers = np.array([joint.center for joint in self.joints], float)

    def shares(self, points: np.ndarray) -> np.ndarray:
        """(n, j) how far each rest point follows each joint, 0 … 1, never more than it follows the parent."""
        shares = np.ones((len(points), len(self.joints)))
        for i, joint in enumerate(self.joints):
            if self.parents[i] < 0:
                continue
            beyond = _beyond(points, joint.gates)
            if joint.also:
                left = _beyond(points, joint.also)
                right = _beyond(points, _flip_gates(joint.also))
                beyond = 1 - (1 - beyond) * (1 - left) * (1 - right)
            shares[:, i] = shares[:, self.parents[i]] * beyond
        return shares

    def rotations(self, pose: Mapping[str, Vector], stance: Mapping[str, Vector]) -> np.ndarray:
        """(j, 3) rotation vectors, radians, of a pose given in degrees by joint name.

        A name without ``_l``/``_r`` speaks for both sides.
        """
        vectors = np.zeros((len(self.joints), 3))
        for i, joint in enumerate(self.joints):
            angles = np.zeros(3)
            for source in (pose, stance):
                angles += source.get(joint.name, source.get(_plain(joint.name), (0, 0, 0)))
            if angles.any():
                vectors[i] = _rotation_vector(joint, np.deg2rad(angles))
        return vectors


class Deformation:
    """The smooth map from rest space to one body in one pose.

    First every bone's affine stretch is blended by the shares, then every joint turns each point by its rotation times
    the point's share, children before parents. A share that rises over a length above radius × angle keeps this
    injective, and turning about the joint keeps volume where blending matrices would pinch.

    Parameters
    ----------
    skeleton   the family's skeleton.
    swells     the family's swells by name.
    build      the body.
    pose       degrees by joint name: (first axis, second axis, twist).
    """

    def __init__(
        self, skeleton: Skeleton, swells: Mapping[str, Swell], build: Build, pose: Mapping[str, Vector]
    ) -> None:
        self._skeleton = skeleton
        self._swells = tuple((swells[name], amount) for name, amount in build.swells.items())
        self._size = build.size
        self._stretches, self._anchors = _stretches(skeleton, build)
        self._rotations = skeleton.rotations(pose, build.stance)
        self._lift = 0.0

    def grounded(self, points: np.ndarray) -> Deformation:
        """The same map lifted so that the lowest of the rest points stands on y = 0."""
        twin = copy(self)
        twin._lift = self._lift - float(self(points)[:, 1].min())
        return twin

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) where the rest points go, metres."""
        shares = self._skeleton.shares(points)
        moved = self._built(points, shares)
        for siblings in reversed(self._skeleton.siblings):
            # Between the thighs both sides pull; adding what each does keeps left and right alike.
            before = moved.copy()
            for i in siblings:
                angle = float(np.linalg.norm(self._rotations[i]))
                if angle == 0:
                    continue
                near = np.flatnonzero(shares[:, i] > 0)
                axis = self._rotations[i] / angle
                moved[near] += _turned(before[near], self._anchors[i], axis, angle * shares[near, i]) - before[near]
        moved *= self._size
        moved[:, 1] += self._lift
        return moved

    def _built(self, points: np.ndarray, shares: np.ndarray) -> np.ndarray:
        moved = np.zeros_like(points)
        for i, parent in enumerate(self._skeleton.parents):
            near = np.flatnonzero(shares[:, i] > 0)
            change = self._stretched(i, points[near])
            if parent >= 0:
                change -= self._stretched(parent, points[near])
            moved[near] += shares[near, i, None] * change
        for swell, amount in self._swells:
            offset = points - np.asarray(swell.center)
            bell = np.exp(-np.einsum("ij,ij->i", offset, offset) / (2 * swell.radius**2))
            moved += (amount * bell)[:, None] * np.asarray(swell.direction, float)
        return moved

    def _stretched(self, i: int, points: np.ndarray) -> np.ndarray:
        return (points - self._skeleton.centers[i]) @ self._stretches[i] + self._anchors[i]


def _stretches(skeleton: Skeleton, build: Build) -> tuple[np.ndarray, np.ndarray]:
    """(j, 3, 3) each bone's symmetric stretch and (j, 3) where it carries the joint."""
    stretches = np.empty((len(skeleton.joints), 3, 3))
    anchors = np.empty((len(skeleton.joints), 3))
    for i, joint in enumerate(skeleton.joints):
        factors = build.bones.get(joint.name, build.bones.get(_plain(joint.name), (1.0, 1.0)))
        length, width, depth = (*factors, factors[1])[:3]
        bone = np.subtract(joint.tip, joint.center)
        bone = bone / np.linalg.norm(bone)
        across = np.array((1.0, 0, 0)) if abs(bone[0]) < 0.7 else np.array((0, 0, 1.0))
        across = across - (across @ bone) * bone
        across /= np.linalg.norm(across)
        frame = np.stack([bone, across, np.cross(bone, across)])
        stretches[i] = frame.T @ np.diag([length, width, depth]) @ frame
        parent = skeleton.parents[i]
        anchors[i] = joint.center
        if parent >= 0:
            anchors[i] = (anchors[i] - skeleton.centers[parent]) @ stretches[parent] + anchors[parent]
    return stretches, anchors


def _turned(points: np.ndarray, center: np.ndarray, axis: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rodrigues' rotation about an axis through `center`, with an angle per point."""
    offset = points - center
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along = (offset @ axis)[:, None] * axis
    return center + along + cosine * (offset - along) + sine * np.cross(axis, offset)


def _rotation_vector(joint: Joint, angles: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    bone = np.subtract(joint.tip, joint.center)
    # Seen in the mirror, the twist turns the other way too.
    bone = bone / np.linalg.norm(bone) * (-1 if joint.name.endswith("_r") else 1)
    first, second = (np.asarray(axis, float) / np.linalg.norm(axis) for axis in joint.axes)
    turn = Rotation.from_rotvec(first * angles[0]) * Rotation.from_rotvec(second * angles[1])
    return (turn * Rotation.from_rotvec(bone * angles[2])).as_rotvec()


def _beyond(points: np.ndarray, gates: tuple[Gate, ...]) -> np.ndarray:
    """(n,) 1 beyond all of the half-spaces, 0 before one of them."""
    share = np.ones(len(points))
    for point, direction, width in gates:
        unit = np.asarray(direction, float) / np.linalg.norm(direction)
        share *= _rise((points @ unit - np.dot(unit, point)) / width + 0.5)
    return share


def _rise(t: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, twice differentiable between."""
    t = t.clip(0, 1)
    return t**3 * (t * (6 * t - 15) + 10)


def _flip_gates(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    return tuple((_flip(point), _flip(direction), width) for point, direction, width in gates)


def _flip(vector: Vector) -> Vector:
    return (-vector[0], vector[1], vector[2])


def _plain(name: str) -> str:
    return name.removesuffix("_l").removesuffix("_r")
