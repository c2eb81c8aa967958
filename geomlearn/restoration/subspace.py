"""Signals as coordinates: coefficients of fields in a basis, of displacements from a mean body, or pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch


@dataclass(frozen=True, eq=False)
class Subspace:
    """x ↦ Φᵀ M (x − mean), with Φ orthonormal under the weights M.

    Attributes
    ----------
    mean (n,)      of the signals.
    basis (n, k)   Φ, or None where coordinates are the values themselves.
    weights (n,)   M, of mean one: then noise of one size at every value has the same size in every coordinate.
    rest           deviation of what lies outside the basis, a value; measured on signals that were not fitted.
    evals (k,)     of the Laplacian, where Φ are its eigenfunctions: what a blur does to them follows.
    """

    mean: np.ndarray
    basis: np.ndarray | None = None
    weights: np.ndarray | None = None
    rest: float = 0.0
    evals: np.ndarray | None = None

    @property
    def n(self) -> int:
        """Values of a signal."""
        return len(self.mean)

    @property
    def k(self) -> int:
        """Coordinates of a signal."""
        return self.n if self.basis is None else self.basis.shape[1]

    def coordinates(self, signals: np.ndarray) -> np.ndarray:
        """(b, k) of signals (b, n)."""
        self.check(signals)
        centred = signals - self.mean
        if self.basis is None:
            return centred
        return (centred if self.weights is None else centred * self.weights) @ self.basis

    def signals(self, coordinates: np.ndarray) -> np.ndarray:
        """(b, n) of coordinates (b, k); what lies outside the basis is zero."""
        return self.mean + (coordinates if self.basis is None else coordinates @ self.basis.T)

    def outside(self, signals: np.ndarray) -> np.ndarray:
        """(b, n) what no coordinates hold."""
        return signals - self.signals(self.coordinates(signals))

    def outside_squared(self, signals: np.ndarray) -> np.ndarray:
        """(b,) its size squared, under the weights."""
        if self.basis is None:
            return np.zeros(len(signals))
        outside = self.outside(signals)
        return ((outside**2) if self.weights is None else outside**2 * self.weights).sum(1)

    def check(self, signals: np.ndarray) -> None:
        """Refuse signals of another size, or that are not finite.

        Raises
        ------
        SizeMismatch     of another size.
        ParameterError   not finite.
        """
        if signals.ndim != 2 or signals.shape[1] != self.n:
            raise SizeMismatch(
                f"The prior is one of signals with {self.n:,} values; these have {signals.shape[-1]:,}.",
                "Use a prior that was learned on this shape.",
            )
        if not np.isfinite(signals).all():
            raise ParameterError("Values are not finite.", "Mark them as unknown: --op mask.")


def principal(signals: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n,) and the k directions (n, k) along which signals (f, n) vary most.

    Raises
    ------
    ParameterError   there are too few signals.
    """
    if len(signals) <= k:
        raise ParameterError(
            f"{len(signals)} signals span fewer than {k} directions.", "Give more, or ask for fewer with --modes."
        )
    mean = signals.mean(0)
    _, _, directions = np.linalg.svd(signals - mean, full_matrices=False)
    return mean, directions[:k].T.copy()
