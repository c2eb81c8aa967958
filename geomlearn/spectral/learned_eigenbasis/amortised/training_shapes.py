"""Shapes without end for training: creatures, and bodies of random limbs."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.builtin.family import marched
from geomlearn.shapes.builtin.implicit import Flesh, Limb
from geomlearn.shapes.builtin.random_creatures import random_creature
from geomlearn.shapes.shape import Shape

_STREAM = 77
# Cells of marching cubes along a body's longest side.
_CELLS = 72


def generated_shape(index: int) -> Shape:
    """The training shape with this number: of four, two random bodies, one biped, one quadruped.

    The numbers fix the shapes; other shapes than these are for testing.
    """
    rng = np.random.default_rng([_STREAM, index])
    if index % 2 == 0:
        return _body(rng, f"body {index}")
    family = "biped" if index % 4 == 1 else "quadruped"
    made = random_creature(family, rng, 1500, variety=float(rng.uniform(0.3, 1.5)))
    return made.shape.replace(name=f"{family} {index}")


def _body(rng: np.random.Generator, name: str) -> Shape:
    """Two to eight limbs, each grown from the last joint or an earlier one, melted together."""
    n_limbs = int(rng.integers(2, 9))
    joints, limbs = [np.zeros(3)], []
    thickness = np.exp(rng.uniform(np.log(0.06), np.log(0.3)))
    for _ in range(n_limbs):
        start = joints[int(rng.integers(len(joints)))] if rng.random() < 0.6 else joints[-1]
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        length = np.exp(rng.uniform(np.log(0.25), np.log(1.0)))
        end = start + length * direction
        radii = thickness * np.exp(rng.normal(0, 0.35, 2))
        bulge, scale = rng.uniform(0, 0.3) * radii[0], tuple(np.exp(rng.normal(0, 0.25, 3)))
        limbs.append(
            Limb(start.tolist(), end.tolist(), radii[0], radii[1], bulge, scale, blend=rng.uniform(0.02, 0.08))
        )
        joints.append(end)
    flesh = Flesh(limbs)
    vertices, faces = marched(flesh, float((flesh.upper - flesh.lower).max()) / _CELLS)
    return Shape(vertices, faces, name=name)


def warped(points: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Points stretched along random axes and bent by smooth waves; `amount` 0 leaves them alone."""
    d = points.shape[1]
    axes, _ = np.linalg.qr(rng.standard_normal((d, d)))
    stretched = (points @ axes * np.exp(amount * rng.standard_normal(d))) @ axes.T
    size = float(np.ptp(stretched, axis=0).max()) or 1.0
    for _ in range(3):
        wave = rng.standard_normal((d,))
        wave *= rng.uniform(1.0, 4.0) / np.linalg.norm(wave)
        push = rng.standard_normal((d,))
        push *= amount * size * 0.4 / (np.linalg.norm(push) * np.linalg.norm(wave))
        stretched = stretched + np.sin(stretched @ wave / size + rng.uniform(0, 2 * np.pi))[:, None] * push
    return stretched
