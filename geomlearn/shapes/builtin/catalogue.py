"""Built-in shapes by name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin.creatures import FAMILIES, FEWEST, MOST, Creature, creature, family_named
from geomlearn.shapes.builtin.kept import kept
from geomlearn.shapes.builtin.primitives import holed_plane, icosphere, sphere, torus
from geomlearn.shapes.builtin.truth import true_map
from geomlearn.shapes.shape import Shape


def builtin(name: str, n_vertices: int = 5000, seed: int = 0) -> Shape:
    """The built-in shape of this name, generated the first time and read from the cache ever after.

    Parameters
    ----------
    name        one of `builtin_names()`: "sphere", "icosphere", "torus", "plane-with-hole", or a creature such as
                "biped-tall-walk" (family, body, pose).
    n_vertices  how many vertices, 500 … 400 000; the icosphere and the plane come within some percent of it.
    seed        another seed gives another triangulation of the same surface (not of the icosphere).

    Raises
    ------
    ParameterError   there is no such name, or the number is out of range.
    """
    if name in _SIMPLE and not FEWEST <= n_vertices <= MOST:
        raise ParameterError(f"{name} cannot have {n_vertices} vertices.", f"Ask for {FEWEST} to {MOST}.")
    make = _SIMPLE.get(name) or (lambda n_vertices, seed: _creature(name, n_vertices, seed).shape)
    return kept(name, n_vertices, seed, lambda: make(n_vertices, seed))


def builtin_names() -> tuple[str, ...]:
    """All names `builtin` knows, simple shapes first."""
    families = [family_named(name) for name in FAMILIES]
    creatures = [f"{f.name}-{body}-{pose}" for f in families for body in f.bodies for pose in f.poses]
    return (*_SIMPLE, *creatures)


def ground_truth(
    name_a: str,
    name_b: str,
    *,
    n_vertices_a: int = 5000,
    n_vertices_b: int = 5000,
    seed_a: int = 0,
    seed_b: int = 0,
    symmetric: bool = False,
) -> np.ndarray:
    """map_ab (n_a,): for each vertex of built-in shape A, the vertex of B at the same place of the body.

    Parameters
    ----------
    n_vertices_a, n_vertices_b, seed_a, seed_b   as given to `builtin` for either shape.
    symmetric   the map that exchanges left and right (x and −x of a simple shape).

    Raises
    ------
    ParameterError   a name is unknown, or the shapes have no common family.
    """
    if name_a in _SIMPLE or name_b in _SIMPLE:
        if name_a != name_b:
            raise ParameterError(f"There is no true map from {name_a} to {name_b}.", "Compare shapes of one kind.")
        points = builtin(name_a, n_vertices_a, seed_a).vertices * ((-1, 1, 1) if symmetric else (1, 1, 1))
        return cKDTree(builtin(name_b, n_vertices_b, seed_b).vertices).query(points)[1]
    a, b = _creature(name_a, n_vertices_a, seed_a), _creature(name_b, n_vertices_b, seed_b)
    return true_map(a, b, symmetric=symmetric)


@lru_cache(maxsize=16)
def _creature(name: str, n_vertices: int, seed: int) -> Creature:
    known = (*_SIMPLE, *(f"{family}-BODY-POSE" for family in FAMILIES))
    if name.split("-")[0] not in FAMILIES:
        raise ParameterError(f"There is no built-in shape called {name!r}.", f"Choose one of {', '.join(known)}.")
    return creature(name, n_vertices, seed)


def _icosphere_near(n_vertices: int, seed: int) -> Shape:
    return icosphere(max(1, round(np.sqrt((n_vertices - 2) / 10))))


_SIMPLE = {"sphere": sphere, "icosphere": _icosphere_near, "torus": torus, "plane-with-hole": holed_plane}
