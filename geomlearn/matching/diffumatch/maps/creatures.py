"""Categories of animals: the built-in families, and those invented at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.matching.diffumatch.maps.category import CanonicalMesh, Category, PointMap
from geomlearn.matching.diffumatch.maps.warps import random_warp
from geomlearn.shapes.builtin.creatures import make_creature
from geomlearn.shapes.builtin.family import Family
from geomlearn.shapes.builtin.random_creatures import random_build, random_pose
from geomlearn.shapes.builtin.skeleton import Deformation


def creature_category(family: Family, rng: np.random.Generator, sizes: Sequence[int], variety: float) -> Category:
    """Bodies and poses of one family.

    Parameters
    ----------
    sizes    vertices of each canonical mesh, 500 or more.
    variety  how far bodies differ, 0 … 1.5: with 0 all share one body and only poses differ, which is near-isometric.
    """
    fixed = random_build(family, rng, 1.0) if variety == 0 else None

    def draw(rng: np.random.Generator) -> PointMap:
        build = fixed or random_build(family, rng, variety)
        place = Deformation(family.skeleton, family.swells, build, random_pose(family, rng))
        warp = random_warp(rng, 0.15 * variety)
        return lambda points: warp(place(points))

    def meshed(n_vertices: int) -> CanonicalMesh:
        # Triangles are even as seen on one member, so uneven on the others, as meshes in the wild are.
        made = make_creature(
            family, fixed or random_build(family, rng, variety), random_pose(family, rng), n_vertices, rng
        )
        return CanonicalMesh(made.canonical, made.shape.faces, family.flesh.normals(made.canonical))

    return Category(f"{family.name} variety {variety:g}", tuple(meshed(n) for n in sizes), draw)
