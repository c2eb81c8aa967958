"""Creatures: a family's canonical surface in one body and pose, meshed on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin.family import Family
from geomlearn.shapes.builtin.meshing import Draft, bounded_detail, least_stretches, quadrisect, remesh
from geomlearn.shapes.builtin.skeleton import Build, Deformation, Vector
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False)
class Creature:
    """A mesh that knows where each of its vertices lies on its family's canonical surface.

    Attributes
    ----------
    shape      the mesh: closed, outward, genus 0, y up, facing +z, standing on y = 0, metres.
    canonical  (n, 3) each vertex's point on the canonical surface; `place(canonical)` are the vertices.
    place      the smooth map from canonical points (k, 3) to points of this body in this pose.
    family, body, pose   words; body and pose are "random" for a random one.
    """

    shape: Shape
    canonical: np.ndarray
    place: Deformation
    family: str
    body: str
    pose: str


def family_named(name: str) -> Family:
    """The family called "biped" or "quadruped".

    Raises
    ------
    ParameterError   there is no such family.
    """
    if name == "biped":
        from geomlearn.shapes.builtin.families.biped import BIPED

        return BIPED
    if name == "quadruped":
        from geomlearn.shapes.builtin.families.quadruped import QUADRUPED

        return QUADRUPED
    raise ParameterError(f"There is no family of creatures called {name!r}.", f"Choose one of {', '.join(FAMILIES)}.")


FAMILIES = ("biped", "quadruped")


def creature(name: str, n_vertices: int = 5000, seed: int = 0) -> Creature:
    """The creature of a name such as "biped-tall-walk": family, body, pose.

    Parameters
    ----------
    n_vertices  exact number of vertices, 500 … 400 000.
    seed        another seed gives another triangulation of the same surface.

    Raises
    ------
    ParameterError   the name or the number is not usable.
    """
    words = name.split("-")
    family = family_named(words[0])
    if len(words) != 3 or words[1] not in family.bodies or words[2] not in family.poses:
        bodies, poses = ", ".join(family.bodies), ", ".join(family.poses)
        raise ParameterError(
            f"There is no creature called {name!r}.",
            f"Say {family.name}-BODY-POSE with a body of {bodies} and a pose of {poses}.",
        )
    _, body, pose = words
    return make_creature(family, family.bodies[body], family.poses[pose], n_vertices, seed, body=body, pose_name=pose)


def make_creature(
    family: Family,
    build: Build,
    pose: Mapping[str, Vector],
    n_vertices: int = 5000,
    seed: int | np.random.Generator = 0,
    *,
    body: str = "custom",
    pose_name: str = "custom",
) -> Creature:
    """The creature of any build and pose.

    Parameters
    ----------
    pose   degrees (first axis, second axis, twist) by joint name; a name without ``_l``/``_r`` speaks for both sides.

    Raises
    ------
    ParameterError   `n_vertices` is out of range.
    """
    if not FEWEST <= n_vertices <= MOST:
        raise ParameterError(
            f"A creature cannot have {n_vertices} vertices.", f"Ask for {FEWEST} to {MOST}; fewer cannot hold its ears."
        )
    # Whatever the resolution, one fixed set of points decides where the ground is: the map must not depend on the mesh.
    place = Deformation(family.skeleton, family.swells, build, pose).grounded(family.level(FEWEST)[0])
    draft = _meshed(family, place, n_vertices, np.random.default_rng(seed))
    shape = Shape(draft.seen, draft.faces, name=f"{family.name}-{body}-{pose_name}")
    return Creature(shape, draft.rest, place, family.name, body, pose_name)


FEWEST, MOST = 500, 400_000


def _meshed(family: Family, place: Deformation, n_vertices: int, rng: np.random.Generator) -> Draft:
    if n_vertices <= _DIRECT:
        points, faces, detail = family.level(n_vertices)
        # Fewer than five vertices around a limb would not hold it open.
        longest = _GIRTHS * family.flesh.girth(points) * least_stretches(points, place(points), faces)
        start, rounds = (points, faces, bounded_detail(place(points), faces, detail, longest, n_vertices)), 8
    else:
        # A third of the vertices settles the triangulation; cut in four it starts a good fine one.
        coarse = _meshed(family, place, n_vertices // 3, rng)
        points, faces, detail = quadrisect(coarse.rest, coarse.faces, coarse.detail)
        start, rounds = (family.flesh.project(points, 2), faces, detail), 3
    return remesh(*start, n_vertices, rng, surface=family.flesh, place=place, rounds=rounds)


# Longest edge in half thicknesses.
_GIRTHS = 1.2
_DIRECT = 12_000
