"""The space a field is looked for in: functions on the points of a shape, orthonormal in the mean over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.spectral.basis import Basis

# A direction whose part is smaller than this of the largest is not there: rounding alone gives 1e-15.
_RANK = 1e-10


@dataclass(frozen=True, eq=False)
class ModeSpace:
    """V_m in L²(μ), where μ gives every point its share of the shape.

    Attributes
    ----------
    functions  (n, m), with ``functions.T @ (share[:, None] * functions) = I``.
    share      (n,) not negative, summing to 1; a point without a share is never measured at.
    """

    functions: np.ndarray
    share: np.ndarray

    @property
    def n_points(self) -> int:
        return len(self.functions)

    @property
    def n_modes(self) -> int:
        return self.functions.shape[1]

    @property
    def rows(self) -> np.ndarray:
        """(n, m) Q = √μ φ, with orthonormal columns: what a determinantal process draws rows of."""
        return np.sqrt(self.share)[:, None] * self.functions

    @property
    def christoffel(self) -> np.ndarray:
        """(n,) k_m(x) = ‖φ(x)‖², the inverse of the Christoffel function."""
        return np.einsum("ij,ij->i", self.functions, self.functions)

    @property
    def density(self) -> np.ndarray:
        """(n,) probabilities of the optimal law, dν = (k_m / m) dμ."""
        return self.share * self.christoffel / self.n_modes

    @property
    def weights(self) -> np.ndarray:
        """(n,) w = m / k_m, infinite where every mode vanishes (and the optimal law never goes)."""
        christoffel = self.christoffel
        return np.divide(self.n_modes, christoffel, out=np.full(len(christoffel), np.inf), where=christoffel > 0)

    def under(self, factor: np.ndarray) -> ModeSpace:
        """The same space with the share of each point changed by a factor ≥ 0 and its functions made orthonormal anew.

        Raises
        ------
        ParameterError   the points left cannot tell the modes apart.
        """
        share = self.share * factor
        if share.sum() <= 0:
            raise ParameterError("No place is left to measure at.", "Forbid less of the shape.")
        return orthonormalized(self.functions, share, "the places that are left")


def from_basis(basis: Basis) -> ModeSpace:
    """The span of Laplacian modes (n, m), in the mean over the area of the shape."""
    area = basis.mass.sum()
    return ModeSpace(np.sqrt(area) * basis.evecs, basis.mass / area)


def from_fields(fields: np.ndarray, k: int, mass: np.ndarray | None = None) -> ModeSpace:
    """The k-dimensional space that holds most of some training fields.

    Parameters
    ----------
    fields  (t, n) one field a row, not centred: their mean is one of the directions.
    mass    (n,) areas of the points; equal when not given.

    Raises
    ------
    ParameterError   the fields span fewer than k dimensions, or hold a number that is not finite.
    """
    share = _share(mass, fields.shape[1])
    if not np.isfinite(fields).all():
        raise ParameterError("A training field holds a value that is not finite.", "Leave that field out.")
    root = np.sqrt(share)
    _, strengths, directions = np.linalg.svd(fields * root, full_matrices=False)
    rank = int((strengths > _RANK * strengths[0]).sum()) if len(strengths) and strengths[0] > 0 else 0
    if k > rank:
        raise ParameterError(f"{k} modes asked of fields that span {rank}.", f"Ask for k ≤ {rank}, or give more.")
    functions = np.divide(directions[:k].T, root[:, None], out=np.zeros((len(root), k)), where=root[:, None] > 0)
    return ModeSpace(functions, share)


def from_functions(functions: np.ndarray, mass: np.ndarray | None = None) -> ModeSpace:
    """The span of any functions (n, m), made orthonormal under the areas (n,) of the points.

    Raises
    ------
    ParameterError   they are linearly dependent.
    """
    return orthonormalized(functions, _share(mass, len(functions)), "these points")


def orthonormalized(functions: np.ndarray, share: np.ndarray, where: str) -> ModeSpace:
    """A ModeSpace of the same span under other shares (n,), which need not sum to 1.

    Raises
    ------
    ParameterError   the functions are dependent under these shares; the sentence says `where`.
    """
    share = share / share.sum()
    triangle = np.asarray(np.linalg.qr(np.sqrt(share)[:, None] * functions, mode="r"))
    strengths = np.linalg.svd(triangle, compute_uv=False) if len(share) >= functions.shape[1] else np.zeros(1)
    rank = int((strengths > _RANK * max(strengths[0], np.finfo(float).tiny)).sum())
    if rank < functions.shape[1]:
        raise ParameterError(
            f"From {where}, {rank} of {functions.shape[1]} modes can be told apart.",
            "Ask for fewer modes, or allow more places.",
        )
    return ModeSpace(np.linalg.solve(triangle.T, functions.T).T, share)


def _share(mass: np.ndarray | None, n: int) -> np.ndarray:
    if mass is None:
        return np.full(n, 1 / n)
    if len(mass) != n:
        raise SizeMismatch(f"{len(mass)} areas belong to other points than {n} values.", "Give one area a point.")
    return mass / mass.sum()
