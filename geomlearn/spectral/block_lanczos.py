"""Thick-restart block Lanczos: the largest eigenpairs of a symmetric positive definite operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from geomlearn.core.progress import Progress

# Rows of the basis are rotated this many columns at a time, so that a restart needs no second copy of the basis.
COLUMNS_AT_ONCE = 4096


@dataclass(frozen=True)
class Ritz:
    """Approximate eigenpairs and how far they got.

    Attributes
    ----------
    values     (k,) descending.
    vectors    (k, n) rows, unit length.
    errors     (k,) bounds ‖OP x − θ x‖ / θ.
    converged  whether every error is within the tolerance.
    n_applied  how many vectors the operator was applied to.
    """

    values: np.ndarray
    vectors: np.ndarray
    errors: np.ndarray
    converged: bool
    n_applied: int


def block_lanczos(
    apply: Callable[[np.ndarray], np.ndarray],
    n: int,
    k: int,
    *,
    tolerance: float,
    block: int,
    basis_size: int,
    seed: int,
    progress: Progress,
    max_applied: int,
) -> Ritz:
    """The k largest eigenpairs of a symmetric positive definite operator.

    Each step applies the operator to the newest block Q_j, subtracts what lies in the basis and orthonormalises the
    rest into Q_{j+1}:  OP V = V T + Q_{j+1} R Eᵀ.  With T = S Θ Sᵀ the Ritz pair (θ, x = V s) misses by ‖R s_last‖.
    When the basis is full it is rotated to its leading Ritz vectors and continued from there: the relation above
    still holds, with T diagonal and a full border row.

    Parameters
    ----------
    apply       rows (b, n) → rows (b, n), the operator applied to each.
    n, k        its size, and how many pairs; basis_size + 2 block ≤ n.
    tolerance   largest ‖OP x − θ x‖ / θ.
    block       vectors per step; finds multiplicities up to this.
    basis_size  rows at which to restart, > k + 2 block.
    seed        of the random start.
    progress    called at each look at the small problem; it raises `Cancelled` from there.
    max_applied vectors the operator may be applied to before giving up.

    Returns
    -------
    Ritz; the vectors are V s + Q_{j+1} R s_last / θ, that is OP x/θ, which costs nothing and damps the error in high
    frequencies, so that the residual of the inverse operator meets the same tolerance.

    Source   Grimes, Lewis & Simon 1994 (shift-invert block Lanczos); Wu & Simon 2000 (thick restart);
             Ericsson & Ruhe 1980 (the final half step).
    Differs  Every block is orthogonalised against the last two blocks, then once against the whole basis by two matrix
             products: the first makes the second's input so small that one pass leaves orthogonality at rounding level.
    """
    state = _State(n, block, basis_size, np.random.default_rng(seed), apply)
    while True:
        state.step(apply)
        if state.size < k + block or not (state.full or state.due()):
            continue
        values, weights, errors = state.ritz(k)
        n_good = int((errors <= tolerance).cumprod().sum())
        if n_good == k or state.n_applied >= max_applied:
            return Ritz(values, state.vectors(values, weights), errors, n_good == k, state.n_applied)
        progress(0.95 * _nearness(errors, tolerance), f"{n_good} of {k} modes")
        if state.full:
            state.restart(k)


def _nearness(errors: np.ndarray, tolerance: float) -> float:
    """How far the mean error has come from 1 to the tolerance, in the logarithm."""
    depth = np.log(np.clip(errors, tolerance, 1.0)) / np.log(tolerance)
    return float(depth.mean())


class _State:
    """The basis V, the projected operator T, and the newest block with its coefficients R."""

    def __init__(
        self,
        n: int,
        block: int,
        basis_size: int,
        rng: np.random.Generator,
        apply: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self.block = block
        self.basis_size = basis_size
        self.rng = rng
        self.basis = np.empty((basis_size + block, n))
        self.projected = np.zeros((basis_size, basis_size))
        # The first application turns white noise into a start rich in the wanted, smooth directions.
        start = apply(rng.standard_normal((block, n)))
        self.basis[:block] = orthonormal_rows(start, self.basis[:0], rng)[0]
        self.remainder = np.zeros((block, block))
        self.size = 0
        self.n_border = 0  # leading rows that a restart coupled to the newest block
        self.n_applied = block
        self.steps_since_look = 0

    @property
    def full(self) -> bool:
        return self.size + self.block > self.basis_size

    def due(self) -> bool:
        """Whether the small eigenproblem is worth another look."""
        self.steps_since_look += 1
        if self.steps_since_look < max(2, self.size // (8 * self.block)):
            return False
        self.steps_since_look = 0
        return True

    def step(self, apply: Callable[[np.ndarray], np.ndarray]) -> None:
        j, b = self.size, self.block
        known = self.basis[: j + b]
        image = apply(known[j:])
        self.n_applied += b
        # What the three-term recurrence knows to be large goes first; the sweep over everything removes the rest.
        near = slice(0 if self.n_border == j else j - b, j + b)
        coupling = np.zeros((j + b, b))
        coupling[near] = known[near] @ image.T
        image -= coupling[near].T @ known[near]
        correction = known @ image.T
        image -= correction.T @ known
        coupling += correction
        self.projected[: j + b, j : j + b] = coupling
        self.projected[j : j + b, : j + b] = coupling.T
        self.basis[j + b : j + 2 * b], self.remainder = orthonormal_rows(
            image, known, self.rng, scale=np.abs(coupling).max()
        )
        self.size = j + b

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Leading Ritz values (k,), their weights in the basis (size, k), and relative errors (k,)."""
        values, weights = self._eigen()
        values, weights = values[:k], weights[:, :k]
        errors = np.linalg.norm(self.remainder @ weights[-self.block :], axis=0) / values
        return values, weights, errors

    def vectors(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        newest = self.basis[self.size : self.size + self.block]
        last = self.remainder @ weights[-self.block :] / values
        rows = weights.T @ self.basis[: self.size] + last.T @ newest
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def restart(self, k: int) -> None:
        """Keep the k wanted Ritz vectors and half of the others."""
        values, weights = self._eigen()
        kept = k + (self.size - k) // 2
        rotation = np.ascontiguousarray(weights[:, :kept].T)
        newest = self.basis[self.size : self.size + self.block].copy()
        for start in range(0, self.basis.shape[1], COLUMNS_AT_ONCE):
            columns = slice(start, start + COLUMNS_AT_ONCE)
            self.basis[:kept, columns] = rotation @ self.basis[: self.size, columns]
        self.basis[kept : kept + self.block] = newest
        self.projected[:] = 0
        self.projected[np.arange(kept), np.arange(kept)] = values[:kept]
        self.size = self.n_border = kept

    def _eigen(self) -> tuple[np.ndarray, np.ndarray]:
        values, weights = scipy.linalg.eigh(self.projected[: self.size, : self.size], driver="evd")
        return values[::-1], weights[:, ::-1]


def orthonormal_rows(
    rows: np.ndarray, against: np.ndarray, rng: np.random.Generator, scale: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (b, n) = Rᵀ Q with Q orthonormal and orthogonal to the rows of `against`; returns Q (b, n) and R (b, b).

    Cholesky of the Gram matrix, twice: all work is in matrix products. Directions shorter than 1e-10 of `scale`, which
    appear when `against` spans an invariant subspace, are noise: random ones with zero coefficients replace them.
    """
    once, first = _cholesky_rows(rows, 1e-10 * scale)
    if once is not None:
        twice, second = _cholesky_rows(once, 0.0)
        if twice is not None:
            return twice, second @ first
    left, lengths, right = scipy.linalg.svd(rows, full_matrices=False)
    alive = lengths > max(1e-10 * scale, 1e-12 * lengths[0], np.finfo(float).tiny)
    right[~alive] = rng.standard_normal((int((~alive).sum()), rows.shape[1]))
    for _ in range(2):
        right[~alive] -= (right[~alive] @ against.T) @ against
        right[~alive] -= (right[~alive] @ right[alive].T) @ right[alive]
        right[~alive] = scipy.linalg.qr(right[~alive].T, mode="economic")[0].T
    return right, np.where(alive, lengths, 0.0)[:, None] * left.T


def _cholesky_rows(rows: np.ndarray, floor: float) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Q and R of one Cholesky step, or None twice where it would lose more digits than a second step recovers."""
    gram = rows @ rows.T
    try:
        upper = scipy.linalg.cholesky(gram, check_finite=False)
    except scipy.linalg.LinAlgError:
        return None, None
    pivots = upper.diagonal()
    if pivots.min() < max(1e-7 * pivots.max(), floor):
        return None, None
    inverse = scipy.linalg.solve_triangular(upper, np.eye(len(upper)), check_finite=False)
    return inverse.T @ rows, upper
