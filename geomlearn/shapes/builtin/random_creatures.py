"""Bodies and poses without end: training sets are made of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin.creatures import Creature, family_named, make_creature
from geomlearn.shapes.builtin.family import Family
from geomlearn.shapes.builtin.skeleton import Build, Vector


def random_creature(
    family: str,
    seed: int | np.random.Generator = 0,
    n_vertices: int = 5000,
    *,
    variety: float = 1.0,
    build: Build | None = None,
) -> Creature:
    """A creature of random body and pose.

    Parameters
    ----------
    family      "biped" or "quadruped".
    seed        an integer, or a generator to draw several from.
    n_vertices  exact number of vertices.
    variety     how far bodies differ: 0 gives the family's first body in random poses, pairs of which are near
                isometric; 1 mixes all its bodies; up to 1.5 exaggerates them.
    build       a body to keep, from `random_build`; `variety` is then not used.

    Raises
    ------
    ParameterError   an unknown family, or a number out of range.
    """
    rng = np.random.default_rng(seed)
    kind = family_named(family)
    build = build or random_build(kind, rng, variety)
    return make_creature(kind, build, random_pose(kind, rng), n_vertices, rng, body="random", pose_name="random")


def random_build(family: Family, rng: np.random.Generator, variety: float = 1.0) -> Build:
    """A body between those of the family, with proportions of its own.

    Logarithms of the bodies' factors are mixed with random weights, noise of 8 % added, and all is
    multiplied by `variety`.

    Raises
    ------
    ParameterError   `variety` is outside 0 … 1.5.
    """
    if not 0 <= variety <= 1.5:
        raise ParameterError(f"variety = {variety} is not usable.", "Give a value between 0 and 1.5.")
    bodies = list(family.bodies.values())
    weights = rng.dirichlet(np.full(len(bodies), 0.4))
    names = sorted({name.removesuffix("_l").removesuffix("_r") for name in family.skeleton.index})
    bones = {}
    for name in names:
        factors = np.log([_three(body.bones.get(name, (1.0, 1.0))) for body in bodies])
        first, mixed = factors[0], weights @ factors + _NOISE * rng.standard_normal(3) * (1, 1, 0.5)
        bones[name] = tuple(np.exp(first + variety * (mixed - first)))
    swells = {
        name: variety * sum(w * body.swells.get(name, 0.0) for w, body in zip(weights, bodies, strict=True))
        for name in family.swells
    }
    stance = _mixed([body.stance for body in bodies], weights.tolist())
    sizes = np.log([body.size for body in bodies])
    size = float(np.exp(sizes[0] + variety * (weights @ sizes - sizes[0])))
    return Build(bones, swells, {name: tuple(variety * angles) for name, angles in stance.items()}, size)


_NOISE = 0.08


def random_pose(family: Family, rng: np.random.Generator, noise_degrees: float = 5.0) -> dict[str, Vector]:
    """A pose between two of the family's, either way round, with some degrees of noise in every angle."""
    names = list(family.poses)
    chosen = [_expanded(family, family.poses[names[i]]) for i in rng.integers(len(names), size=2)]
    if rng.random() < 0.5:
        chosen = [_mirrored(pose) for pose in chosen]
    weight = rng.random()
    pose = _mixed(chosen, (weight, 1 - weight))
    spread = noise_degrees * np.array((1.0, 0.6, 0.6))
    return {name: tuple(angles + spread * rng.standard_normal(3)) for name, angles in pose.items()}


def _three(factors: Vector) -> tuple[float, float, float]:
    length, width, depth = (*factors, factors[1])[:3]
    return length, width, depth


def _expanded(family: Family, pose: Mapping[str, Vector]) -> dict[str, np.ndarray]:
    """The pose with one entry for every joint."""
    plain = {name: name.removesuffix("_l").removesuffix("_r") for name in family.skeleton.index}
    return {name: np.array(pose.get(name, pose.get(short, (0.0, 0, 0))), float) for name, short in plain.items()}


def _mirrored(pose: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The pose as a mirror shows it: sides change places, and the trunk turns the other way."""
    swapped = {}
    for name, angles in pose.items():
        if name.endswith(("_l", "_r")):
            swapped[name[:-1] + ("r" if name.endswith("_l") else "l")] = angles
        else:
            swapped[name] = angles * (1, -1, -1)
    return swapped


def _mixed(parts: Sequence[Mapping[str, Vector | np.ndarray]], weights: Vector) -> dict[str, np.ndarray]:
    names = sorted({name for part in parts for name in part})
    return {
        name: np.asarray(weights) @ np.array([part.get(name, (0, 0, 0)) for part in parts], float) for name in names
    }
