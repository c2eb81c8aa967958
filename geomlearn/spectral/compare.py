"""What bases say about each other and about a shape: cosines, overlaps, Weyl's law, reconstruction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.spectral.basis import Basis


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two bases of one shape beside each other, over the k modes both have.

    Attributes
    ----------
    products  (k,) ⟨φᵢ, ψᵢ⟩ in the mass of the first: the cosine, with the sign that tells whether they point alike.
    overlaps  (k,) share of the span of the first j modes that the other's first j modes hold, in [0, 1], j = 1 … k.
    """

    products: np.ndarray
    overlaps: np.ndarray


def compare_bases(basis: Basis, other: Basis) -> Comparison:
    """Compare mode by mode, and span by span, which near-equal eigenvalues do not disturb.

    The overlap of spans is ‖Φⱼᵀ M Ψⱼ‖²_F / j, the mean squared cosine of the principal angles.

    Raises
    ------
    SizeMismatch   they belong to different numbers of vertices.
    """
    if basis.n_vertices != other.n_vertices:
        raise SizeMismatch(
            f"One basis has {basis.n_vertices} vertices, the other {other.n_vertices}.", "Compare bases of one shape."
        )
    k = min(basis.k, other.k)
    gram = basis.evecs[:, :k].T @ (basis.mass[:, None] * other.evecs[:, :k])
    corner_sums = np.diagonal(np.cumsum(np.cumsum(gram**2, axis=0), axis=1))
    return Comparison(np.diagonal(gram).copy(), np.clip(corner_sums / np.arange(1, k + 1), 0.0, 1.0))


def weyl_eigenvalues(area: float, k: int) -> np.ndarray:
    """(k,) what Weyl's law gives for a surface of this area, λᵢ ≈ 4π i / area, in 1 / squared units."""
    return 4 * np.pi * np.arange(k) / area


def reconstruct(basis: Basis, values: np.ndarray, k: int) -> np.ndarray:
    """Functions (n,) or (n, c) rebuilt from their first k coefficients."""
    return basis.evecs[:, :k] @ basis.truncated(k).project(values)


def reconstruction_errors(basis: Basis, values: np.ndarray) -> np.ndarray:
    """(k + 1,) relative error in the mass norm after 0, 1 … k modes, for functions (n,) or (n, c) taken together.

    By Parseval's identity, ‖f − f_j‖² = ‖f‖² − Σ_{i<j} cᵢ²; no function is rebuilt.
    """
    values = values.reshape(len(values), -1)
    coefficients = basis.project(values)
    total = float((basis.mass[:, None] * values**2).sum())
    left = total - np.concatenate([[0.0], np.cumsum((coefficients**2).sum(axis=1))])
    return np.sqrt(np.clip(left, 0.0, None) / (total or 1.0))
