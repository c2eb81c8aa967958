"""Ground truth between creatures of one family, from their canonical coordinates."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin.creatures import Creature, family_named


def true_images(a: Creature, b: Creature, *, symmetric: bool = False) -> np.ndarray:
    """(n_a, 3) where the vertices of A lie on the smooth surface of B, exactly.

    Parameters
    ----------
    symmetric   where they lie after left and right of A are exchanged.

    Raises
    ------
    ParameterError   the two are of different families.
    """
    return b.place(_canonical(a, b, symmetric))


def true_map(a: Creature, b: Creature, *, symmetric: bool = False) -> np.ndarray:
    """map_ab (n_a,): for each vertex of A the vertex of B nearest to its exact image.

    Only vertices near in canonical space and on the same side of a thin part come into question, so that a hand that
    touches a thigh is never taken for it.

    Parameters
    ----------
    symmetric   the map that confuses left and right, by which symmetry flips are recognised.

    Raises
    ------
    ParameterError   the two are of different families.
    """
    canonical = _canonical(a, b, symmetric)
    flesh = family_named(a.family).flesh
    count = min(_CANDIDATES, b.shape.n_vertices)
    _, near = cKDTree(b.canonical).query(canonical, k=count)
    gap = np.linalg.norm(b.shape.vertices[near] - b.place(canonical)[:, None], axis=2)
    facing = np.einsum("ij,ikj->ik", flesh.normals(canonical), flesh.normals(b.canonical)[near])
    # A back side stays possible where there is nothing else, at the very edge of an ear.
    best = (gap + b.shape.diagonal * (facing < 0)).argmin(axis=1)
    return near[np.arange(len(near)), best]


# Canonical neighbours looked at: stretched bodies order them differently.
_CANDIDATES = 16


def _canonical(a: Creature, b: Creature, symmetric: bool) -> np.ndarray:
    if a.family != b.family:
        raise ParameterError(
            f"{a.shape.name} and {b.shape.name} are of different families, so there is no true map.",
            "Compare creatures of one family.",
        )
    return a.canonical * (-1, 1, 1) if symmetric else a.canonical
