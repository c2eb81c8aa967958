"""Between point maps and functional maps: nearest neighbours in the spectral embedding, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geomlearn.core.devices import pick_device
from geomlearn.core.errors import SizeMismatch

if TYPE_CHECKING:
    import torch

# Size of one block of the distance matrix: what stays in the caches of a processor, what fills a GPU.
BLOCK_BYTES = (8 << 20, 1 << 30)


def nearest_rows(
    queries: np.ndarray,
    points: np.ndarray,
    *,
    half_norms: np.ndarray | None = None,
    device: str = "cpu",
    precision: str = "float32",
) -> np.ndarray:
    """For each query the nearest point, by blocks of a matrix product; the first of equals.

    Parameters
    ----------
    queries (q, d), points (p, d)   any unit.
    half_norms (p,)  replaces ½‖point‖² in ½‖point‖² − ⟨query, point⟩, which is minimised.
    device           "cpu", "cuda", "auto".
    precision        "float32" is twice as fast and errs only between points whose squared distances to the query
                     agree to 1e-6 of the largest squared norm; "float64" is exact to rounding.

    Returns
    -------
    (q,) indices into `points`.

    Raises
    ------
    SizeMismatch   the two have different dimensions, or there are no points.
    DeviceError    there is no such device.
    """
    import torch

    if queries.ndim != 2 or points.ndim != 2 or queries.shape[1] != points.shape[1] or len(points) == 0:
        raise SizeMismatch(
            f"Queries {queries.shape} and points {points.shape} do not lie in one space.", "Give (q, d) and (p, d)."
        )
    if half_norms is None:
        half_norms = np.einsum("ij,ij->i", points, points) / 2
    target, dtype = pick_device(device), getattr(torch, precision)
    # ⟨(q, −1), (p, ½|p|²)⟩ is largest for the nearest p: one product per block and nothing but its largest entry.
    fixed = _tensor(np.column_stack([points, half_norms]), target, dtype).T
    moving = _tensor(np.column_stack([queries, np.full(len(queries), -1.0)]), target, dtype)
    rows = max(1, BLOCK_BYTES[target.type == "cuda"] // (len(points) * moving.element_size()))
    found = torch.cat([torch.mm(moving[i : i + rows], fixed).argmax(dim=1) for i in range(0, len(moving), rows)])
    return found.cpu().numpy()


def point_map(
    fmap_ab: np.ndarray,
    evecs_a: np.ndarray,
    evecs_b: np.ndarray,
    *,
    coupling: str = "adjoint",
    device: str = "cpu",
) -> np.ndarray:
    """The point map from B to A of a functional map from A to B.

    Parameters
    ----------
    fmap_ab (k_b, k_a), evecs_a (n_a, ≥ k_a), evecs_b (n_b, ≥ k_b).
    coupling  "adjoint": rows of Φ_b C looked up in rows of Φ_a; "orthogonal": rows of Φ_b looked up in Φ_a Cᵀ.
              They agree for orthogonal C.

    Returns
    -------
    map_ba (n_b,), for each vertex of B an index on A.
    """
    k_b, k_a = fmap_ab.shape
    _check_modes(fmap_ab, evecs_a, evecs_b)
    if coupling == "adjoint":
        return nearest_rows(evecs_b[:, :k_b] @ fmap_ab, evecs_a[:, :k_a], device=device)
    return nearest_rows(evecs_b[:, :k_b], evecs_a[:, :k_a] @ fmap_ab.T, device=device)


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


def bijective_rows(
    evecs_from: np.ndarray,
    evecs_to: np.ndarray,
    fmap_to_from: np.ndarray,
    fmap_from_to: np.ndarray,
    weight: float,
    *,
    device: str = "cpu",
) -> np.ndarray:
    """The point map from → to that suits the functional map pulling back along it, and the inverse of the other.

    Minimises ‖Φ_from[x] − Φ_to[y] C_tfᵀ‖² + weight ‖Φ_from[x] − Φ_to[y] C_ft‖² over y, C_tf carrying functions along
    the map sought (to → from) and C_ft along its inverse. Both terms look the same query up, so one search in the
    weighted mean of the two embeddings does, with its own norm term.

    Returns
    -------
    (n_from,) indices on `to`.
    """
    k = len(fmap_to_from)
    moved = evecs_to[:, :k] @ fmap_to_from.T
    if weight == 0:
        return nearest_rows(evecs_from[:, :k], moved, device=device)
    back = evecs_to[:, :k] @ fmap_from_to
    norms = (np.einsum("ij,ij->i", moved, moved) + weight * np.einsum("ij,ij->i", back, back)) / 2
    return nearest_rows(evecs_from[:, :k], moved + weight * back, half_norms=norms, device=device)


def _check_modes(fmap_ab: np.ndarray, evecs_a: np.ndarray, evecs_b: np.ndarray) -> None:
    k_b, k_a = fmap_ab.shape
    if k_a > evecs_a.shape[1] or k_b > evecs_b.shape[1]:
        raise SizeMismatch(
            f"A functional map of {k_b} × {k_a} needs {k_a} modes on A and {k_b} on B; "
            f"there are {evecs_a.shape[1]} and {evecs_b.shape[1]}.",
            "Compute larger bases, or cut the matrix.",
        )


def _tensor(array: np.ndarray, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).to(device=device, dtype=dtype)
