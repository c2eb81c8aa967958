"""Thick-restart block Lanczos: the largest eigenpairs of a symmetric positive definite operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from geomlearn.core.progress import Progress
from geomlearn.spectral.solver.slabs import Slabs

Apply = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Ritz:
    """Approximate eigenpairs and how far they got.

    Attributes
    ----------
    values     (k,) descending.
    vectors    (n, k) columns of unit length.
    errors     (k,) estimates of ‖OP x − θ x‖ / θ.
    converged  whether every error is within the tolerance.
    n_applied  how many vectors the operator was applied to.
    """

    values: np.ndarray
    vectors: np.ndarray
    errors: np.ndarray
    converged: bool
    n_applied: int


def block_lanczos(
    apply: Apply,
    n: int,
    k: int,
    *,
    tolerance: float,
    block: int,
    basis_size: int,
    max_applied: int,
    seed: int,
    progress: Progress,
) -> Ritz:
    """The k largest eigenpairs of a symmetric positive definite operator.

    Each step applies the operator to the newest block Q_j, subtracts what lies in the basis and orthonormalises the
    rest into Q_{j+1}:  OP V = V T + Q_{j+1} R Eᵀ.  With T = S Θ Sᵀ the Ritz pair (θ, x = V s) misses by ‖R s_last‖.
    When the basis is full it is rotated to its leading Ritz vectors and continued from there: the relation above
    still holds, with T diagonal and a full border row.

    Parameters
    ----------
    apply       rows (b, n) → rows (b, n), the operator applied to each.
    n, k        its size, and how many pairs.
    tolerance   largest ‖OP x − θ x‖ / θ.
    block       vectors per step; finds multiplicities up to this.
    basis_size  rows at which to restart, k + 3 block ≤ basis_size ≤ n − block.
    max_applied vectors the operator may be applied to before giving up.
    seed        of the random start.
    progress    called at each look at the small problem; it raises `Cancelled` from there.

    Returns
    -------
    Ritz; the vectors are V s + Q_{j+1} R s_last / θ, that is OP x/θ, which costs nothing and damps the error in high
    frequencies, so that the residual of the inverse operator meets the same tolerance.

    Source   Grimes, Lewis & Simon 1994 (shift-invert block Lanczos); Wu & Simon 2000 (thick restart);
             Ericsson & Ruhe 1980 (the final half step).
    Differs  Every block is orthogonalised against the last two blocks, then once against the whole basis, in matrix
             products: the first makes the second's input so small that one pass leaves orthogonality at rounding level.
    """
    with Slabs(n) as slabs:
        state = _State(apply, slabs, n, block, basis_size, seed)
        while True:
            state.step()
            if state.size < k + block or not state.worth_a_look(k, tolerance):
                continue
            values, weights, errors = state.ritz(k)
            n_good = int((errors <= tolerance).cumprod().sum())
            if n_good == k or state.n_applied >= max_applied:
                return Ritz(values, state.vectors(values, weights), errors, n_good == k, state.n_applied)
            progress(_nearness(errors, tolerance), f"{n_good} of {k} modes")
            if state.full:
                state.restart(k)


def _nearness(errors: np.ndarray, tolerance: float) -> float:
    """How far the mean error has come from 1 to the tolerance, in the logarithm."""
    return float((np.log(np.clip(errors, tolerance, 1.0)) / np.log(tolerance)).mean())


class _State:
    """The basis V (rows), the projected operator T, and the newest block with its coefficients R."""

    def __init__(self, apply: Apply, slabs: Slabs, n: int, block: int, basis_size: int, seed: int) -> None:
        self.apply = apply
        self.slabs = slabs
        self.block = block
        self.rng = np.random.default_rng(seed)
        self.basis = np.empty((basis_size + block, n))
        self.projected = np.zeros((basis_size, basis_size))
        self.remainder = np.zeros((block, block))
        self.size = 0  # rows of V whose images are known; the newest block follows them
        self.n_border = 0  # leading rows that a restart coupled to the newest block
        self.n_applied = block
        self.next_look = 0
        # The first application turns white noise into a start rich in the wanted, smooth directions.
        start = apply(self.rng.standard_normal((block, n)))
        self.basis[:block] = orthonormal_rows(start, self.basis[:0], self.rng, slabs)[0]

    @property
    def full(self) -> bool:
        return self.size + self.block > len(self.projected)

    def worth_a_look(self, k: int, tolerance: float) -> bool:
        return self.full or self.size >= self.next_look

    def step(self) -> None:
        j, b = self.size, self.block
        known = self.basis[: j + b]
        image = self.apply(known[j:])
        self.n_applied += b
        # What the three-term recurrence knows to be large goes first; the sweep over everything removes the rest.
        near = slice(0 if self.n_border == j else j - b, j + b)
        coupling = np.zeros((j + b, b))
        coupling[near] = self.slabs.subtract_projection(image, known[near])
        coupling += self.slabs.subtract_projection(image, known)
        self.projected[: j + b, j : j + b] = coupling
        self.projected[j : j + b, : j + b] = coupling.T
        scale = float(np.abs(coupling).max())
        self.basis[j + b : j + 2 * b], self.remainder = orthonormal_rows(image, known, self.rng, self.slabs, scale)
        self.size = j + b

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Leading Ritz values (k,), their weights in the basis (size, k), and relative errors (k,)."""
        values, weights = self._eigen()
        values, weights = values[:k], weights[:, :k]
        errors = np.linalg.norm(self.remainder @ weights[-self.block :], axis=0) / values
        self.next_look = self.size + 2 * self.block
        return values, weights, errors

    def vectors(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        last = self.remainder @ weights[-self.block :] / values
        columns = self.slabs.combine(self.basis[: self.size + self.block], np.vstack([weights, last]))
        return columns / np.linalg.norm(columns, axis=0)

    def restart(self, k: int) -> None:
        """Keep the k wanted Ritz vectors and half of the others."""
        values, weights = self._eigen()
        kept = k + (self.size - k) // 2
        newest = self.basis[self.size : self.size + self.block].copy()
        self.slabs.rotate(self.basis[: self.size], weights[:, :kept])
        self.basis[kept : kept + self.block] = newest
        self.projected[:] = 0
        self.projected[np.arange(kept), np.arange(kept)] = values[:kept]
        self.size = self.n_border = kept
        self.next_look = kept + 3 * self.block

    def _eigen(self) -> tuple[np.ndarray, np.ndarray]:
        values, weights = scipy.linalg.eigh(self.projected[: self.size, : self.size], driver="evd")
        return values[::-1], weights[:, ::-1]


def orthonormal_rows(
    rows: np.ndarray, against: np.ndarray, rng: np.random.Generator, slabs: Slabs, scale: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (b, n) = Rᵀ Q with Q orthonormal and orthogonal to the rows of `against`; returns Q (b, n) and R (b, b).

    Cholesky of the Gram matrix, twice: all work is in matrix products. Directions shorter than 1e-10 of `scale`, which
    appear when `against` spans an invariant subspace, are noise: random ones with zero coefficients replace them.
    """
    once, first = _cholesky_rows(rows, slabs, 1e-10 * scale)
    if once is not None:
        twice, second = _cholesky_rows(once, slabs, 0.0)
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


def _cholesky_rows(rows: np.ndarray, slabs: Slabs, floor: float) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Q and R of one Cholesky step, or None twice where it would lose more digits than a second step recovers."""
    gram = slabs.products(rows, rows)
    try:
        upper = scipy.linalg.cholesky(gram, check_finite=False)
    except scipy.linalg.LinAlgError:
        return None, None
    pivots = upper.diagonal()
    if pivots.min() < max(1e-7 * pivots.max(), floor):
        return None, None
    inverse = scipy.linalg.solve_triangular(upper, np.eye(len(upper)), check_finite=False)
    return inverse.T @ rows, upper
