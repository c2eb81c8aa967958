"""Categories of blobs: a sphere with bumps that grow into limbs, twisted and squeezed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geomlearn.matching.diffumatch.maps.category import CanonicalMesh, Category, PointMap
from geomlearn.matching.diffumatch.maps.warps import random_warp
from geomlearn.shapes.builtin.meshing import remesh
from geomlearn.shapes.builtin.primitives import icosphere

# Icosphere the meshes start from: 6 252 vertices, thinned to the number wanted.
FREQUENCY = 25


def blob_category(
    rng: np.random.Generator, n_limbs: int, sizes: Sequence[int], variety: float, squeeze: float = 0.1
) -> Category:
    """Spheres of radius 1 + Σ a_i exp(κ_i (⟨u, d_i⟩ − 1)) with `n_limbs` well-spread directions d_i.

    Parameters
    ----------
    sizes    vertices of each canonical mesh.
    variety  how far heights a and sharpnesses κ of the members differ, 0 … 1.5; 0 leaves the twists alone.
    squeeze  strength of each member's uneven scaling and twist.

    Source   the radial limbs (von Mises bumps) of card `diffumatch`, section 7; spread and warps are ours.
    """
    directions = _spread(rng, n_limbs)
    heights, sharpness = rng.uniform(0.8, 2.2, n_limbs), rng.uniform(9.0, 22.0, n_limbs)

    def draw(rng: np.random.Generator) -> PointMap:
        member = _Bumps(
            directions,
            heights * np.exp(0.35 * variety * rng.standard_normal(n_limbs)),
            sharpness * np.exp(0.25 * variety * rng.standard_normal(n_limbs)),
        )
        warp = random_warp(rng, squeeze + 0.1 * variety)
        return lambda points: warp(member(points))

    meshes = tuple(_meshed(draw(rng), n, rng) for n in sizes)
    return Category(f"blob{n_limbs} variety {variety:g} squeeze {squeeze:g}", meshes, draw)


@dataclass(frozen=True, eq=False)
class _Bumps:
    directions: np.ndarray
    heights: np.ndarray
    sharpness: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        bumps = np.exp(self.sharpness * (points @ self.directions.T - 1)) * self.heights
        return points * (1 + bumps.sum(axis=1))[:, None]


class _UnitSphere:
    def project(self, points: np.ndarray, steps: int) -> np.ndarray:
        return points / np.linalg.norm(points, axis=1, keepdims=True)

    def normals(self, points: np.ndarray) -> np.ndarray:
        return self.project(points, 1)


def _spread(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, 3) unit vectors at random, pushed apart a little so that limbs do not grow together."""
    directions = rng.standard_normal((count, 3))
    for _ in range(30):
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        offset = directions[:, None] - directions[None]
        directions = directions + 0.05 * (offset / ((offset**2).sum(axis=2) + 0.05)[..., None]).sum(axis=1)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _meshed(place: PointMap, n_vertices: int, rng: np.random.Generator) -> CanonicalMesh:
    ball = icosphere(FREQUENCY)
    even = np.ones(ball.n_vertices)
    draft = remesh(ball.vertices, ball.faces, even, n_vertices, rng, surface=_UnitSphere(), place=place, rounds=5)
    return CanonicalMesh(draft.rest, draft.faces, draft.rest)
