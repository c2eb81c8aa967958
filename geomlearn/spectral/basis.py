"""The spectral basis of a shape: what every eigensolver and every learned basis returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geomlearn.core.errors import SizeMismatch


@dataclass(frozen=True, eq=False, repr=False)
class Basis:
    """The k lowest eigenpairs of a Laplacian, or a learned stand-in for them.

    Attributes
    ----------
    evals     (k,) ascending, in 1 / squared units.
    evecs     (n, k), orthonormal under the mass: ``evecs.T @ (mass[:, None] * evecs) = I``.
    mass      (n,) lumped areas, in squared units, summing to the total area.
    operator  what it is a basis of: "cotan", "robust", "cloud", or the name of a learned model.
    boundary  "neumann" or "dirichlet".
    metadata  how it was made: solver, residuals, version, source shape.
    """

    evals: np.ndarray
    evecs: np.ndarray
    mass: np.ndarray
    operator: str = ""
    boundary: str = "neumann"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, k = self.evecs.shape
        if self.evals.shape != (k,) or self.mass.shape != (n,):
            raise SizeMismatch(
                f"A basis needs evals (k,), evecs (n, k), mass (n,); "
                f"got {self.evals.shape}, {self.evecs.shape}, {self.mass.shape}.",
                "Check that the three come from the same file.",
            )

    @property
    def k(self) -> int:
        return len(self.evals)

    @property
    def n_vertices(self) -> int:
        return len(self.mass)

    def truncated(self, k: int) -> Basis:
        """The first k modes.

        Raises
        ------
        SizeMismatch   there are fewer than k.
        """
        if k > self.k:
            raise SizeMismatch(f"{k} modes asked of a basis that has {self.k}.", f"Compute it with k ≥ {k}.")
        return Basis(self.evals[:k], self.evecs[:, :k], self.mass, self.operator, self.boundary, self.metadata)

    def project(self, values: np.ndarray) -> np.ndarray:
        """Coefficients (k,) or (k, c) of functions (n,) or (n, c) in the mass inner product.

        Raises
        ------
        SizeMismatch   the functions are not on the n vertices of the basis.
        """
        values = np.asarray(values)
        if len(values) != self.n_vertices:
            raise SizeMismatch(
                f"A function of {len(values)} values on a basis of {self.n_vertices} vertices.",
                "Give one value per vertex.",
            )
        weighted = self.mass * values if values.ndim == 1 else self.mass[:, None] * values
        return self.evecs.T @ weighted

    def synthesize(self, coefficients: np.ndarray) -> np.ndarray:
        """Functions (n,) or (n, c) from the coefficients (j,) or (j, c) of the first j ≤ k modes.

        Raises
        ------
        SizeMismatch   there are more coefficients than modes.
        """
        coefficients = np.asarray(coefficients)
        if len(coefficients) > self.k:
            raise SizeMismatch(
                f"{len(coefficients)} coefficients for a basis of {self.k} modes.",
                "Compute it with a larger k.",
            )
        return self.evecs[:, : len(coefficients)] @ coefficients

    def __repr__(self) -> str:
        ends = f"evals {self.evals[0]:.3g} … {self.evals[-1]:.4g}" if self.k else "no mode"
        return f"Basis of {self.k} modes on {self.n_vertices} vertices, {self.operator or 'unknown operator'}, {ends}"
