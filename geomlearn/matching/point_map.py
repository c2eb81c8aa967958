"""Between point maps and functional maps: each gives the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.row_search.nearest import nearest_rows


@dataclass(frozen=True, eq=False)
class Maps:
    """A correspondence both ways, as points and as functions.

    Attributes
    ----------
    map_ab (n_a,) indices on B, map_ba (n_b,) indices on A.
    fmap_ab (k_b, k_a) carries coefficients A → B and belongs to map_ba; fmap_ba (k_a, k_b) belongs to map_ab.
    partner_ab (n_a,), partner_ba (n_b,)   whether a vertex has a partner at all, where one shape may be a part of the
                  other; None where all have.
    """

    map_ab: np.ndarray
    map_ba: np.ndarray
    fmap_ab: np.ndarray
    fmap_ba: np.ndarray
    partner_ab: np.ndarray | None = None
    partner_ba: np.ndarray | None = None


def point_map(
    fmap_ab: np.ndarray,
    evecs_a: np.ndarray,
    evecs_b: np.ndarray,
    *,
    device: str = "cpu",
) -> np.ndarray:
    """The point map from B to A of a functional map from A to B: rows of Φ_b C looked up in rows of Φ_a.

    Parameters
    ----------
    fmap_ab (k_b, k_a), evecs_a (n_a, ≥ k_a), evecs_b (n_b, ≥ k_b).

    Returns
    -------
    map_ba (n_b,), for each vertex of B an index on A.
    """
    k_b, k_a = fmap_ab.shape
    _check_modes(fmap_ab, evecs_a, evecs_b)
    return nearest_rows(evecs_b[:, :k_b] @ fmap_ab, evecs_a[:, :k_a], device=device)


def functional_map_of(map_ba: np.ndarray, evecs_a: np.ndarray, evecs_b: np.ndarray, mass_b: np.ndarray) -> np.ndarray:
    """The functional map fmap_ab = Φ_bᵀ M_b Φ_a[map_ba] of a point map from B to A.

    Parameters
    ----------
    map_ba (n_b,), evecs_a (n_a, k_a), evecs_b (n_b, k_b) orthonormal under mass_b (n_b,).

    Returns
    -------
    fmap_ab (k_b, k_a).
    """
    return evecs_b.T @ (mass_b[:, None] * evecs_a[map_ba])


def _check_modes(fmap_ab: np.ndarray, evecs_a: np.ndarray, evecs_b: np.ndarray) -> None:
    k_b, k_a = fmap_ab.shape
    if k_a > evecs_a.shape[1] or k_b > evecs_b.shape[1]:
        raise SizeMismatch(
            f"A functional map of {k_b} × {k_a} needs {k_a} modes on A and {k_b} on B; "
            f"there are {evecs_a.shape[1]} and {evecs_b.shape[1]}.",
            "Compute larger bases, or cut the matrix.",
        )
