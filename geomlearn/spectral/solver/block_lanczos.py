"""Thick-restart block Lanczos: the largest eigenpairs of a symmetric positive definite operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from geomlearn.core.progress import Progress
from geomlearn.spectral.solver.slabs import Slabs

Apply = Callable[[np.ndarray], np.ndarray]
EPS = float(np.finfo(float).eps)

# Deviation from orthogonality that may build up between two sweeps, and the one up to which T is exact to rounding.
LOSS_ALLOWED = 1e-9
LOSS_HARMFUL = EPS**0.5
MOST_UNSWEPT = 4

# Vectors before the first look, per wanted pair and besides: meshes of 5 k to 20 k vertices and 6 to 300 pairs need
# about 2.6 and 90. A look takes as long as several steps.
FIRST_LOOK = 2.45, 70
# How fast the logarithm of the worst error falls near the end, per vector: from what is seen at the first look.
PACE = 0.14


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
    apply       rows (b, n) → rows (b, n), the operator applied to each; what it returns may be overwritten here, and
                by its next call.
    n, k        its size, and how many pairs.
    tolerance   largest ‖OP x − θ x‖ / θ.
    block       vectors per step; finds multiplicities up to this.
    basis_size  rows at which to restart, k + 3 block ≤ basis_size ≤ n − block.
    max_applied vectors the operator may be applied to before giving up.
    seed        of the random start.
    progress    called before each step; it raises `Cancelled` from there.

    Returns
    -------
    Ritz; the vectors are V s + Q_{j+1} R s_last / θ, that is OP x/θ, which costs nothing and damps the error in high
    frequencies, so that the residual of the inverse operator meets the same tolerance.

    Source   Grimes, Lewis & Simon 1994 (shift-invert block Lanczos); Wu & Simon 2000 (thick restart);
             Ericsson & Ruhe 1980 (the final half step).
    Differs  Orthogonality by measurement, not by estimate: blocks are orthogonalised against their two neighbours only,
             and every few steps the two newest together are swept clean of the whole basis. What a sweep removes is the
             loss since the last one; it says how many steps may pass until the next (`LOSS_ALLOWED`). Each step
             multiplies the loss by about θ_1/‖R‖, so shifts that keep θ_1/θ_k small make sweeps rare.
    """
    with Slabs(n) as slabs:
        state = _State(apply, slabs, n, block, basis_size, seed)
        state.next_look = int(FIRST_LOOK[0] * k) + FIRST_LOOK[1]
        fraction, note = 0.0, "first subspace"
        while True:
            progress(fraction, note)
            state.step()
            if not state.worth_a_look:
                fraction = max(fraction, 0.3 * state.n_applied / state.next_look)
                continue
            values, weights = state.ritz()
            errors = state.errors(values, weights)[:k]
            state.plan_next_look(errors.max() / tolerance)
            n_good = int((errors <= tolerance).cumprod().sum())
            if n_good == k or state.n_applied >= max_applied:
                vectors = state.vectors(values[:k], weights[:, :k])
                return Ritz(values[:k], vectors, errors, n_good == k, state.n_applied)
            fraction, note = max(fraction, 0.3 + 0.7 * _nearness(errors, tolerance)), f"{n_good} of {k} modes"
            if state.full:
                # The wanted Ritz vectors, and half of the others.
                state.restart(values, weights, kept=k + (state.size - k) // 2)


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
        self.n_unswept = 0
        self.sweep_every = 2
        self.most_unswept = MOST_UNSWEPT
        self.next_look = 0
        self.last_look: tuple[int, float] | None = None
        # The first application turns white noise into a start rich in the wanted, smooth directions.
        start = apply(self.rng.standard_normal((block, n)))
        orthonormalize_rows(start, self.basis[:0], self.rng, slabs)
        self.basis[:block] = start

    @property
    def full(self) -> bool:
        return self.size + self.block > len(self.projected)

    @property
    def worth_a_look(self) -> bool:
        return self.full or self.n_applied >= self.next_look

    def plan_next_look(self, excess: float) -> None:
        """Look again when the worst error, falling geometrically as it did between the last looks, should be there.

        Parameters
        ----------
        excess   worst error over the tolerance.
        """
        now = (self.n_applied, np.log(max(excess, 1.0)))
        pace = PACE
        if self.last_look is not None:
            pace = (self.last_look[1] - now[1]) / (now[0] - self.last_look[0])
        n_steps = np.ceil(now[1] / (max(pace, PACE / 4) * self.block))
        self.next_look = now[0] + self.block * int(np.clip(n_steps, 1, 8))
        self.last_look = now

    def step(self) -> None:
        j, b = self.size, self.block
        known = self.basis[: j + b]
        image = self.apply(known[j:])
        self.n_applied += b
        first = 0 if self.n_border == j else j - b
        near = known[first:]
        coupling = self.slabs.subtract_projection(image, near)
        self.projected[first : j + b, j : j + b] = coupling
        self.projected[j : j + b, first : j + b] = coupling.T
        scale = float(np.abs(coupling).max())
        self.remainder = orthonormalize_rows(image, known, self.rng, self.slabs, scale)
        self.basis[j + b : j + 2 * b] = image
        self.size = j + b
        self.n_unswept += 1
        if self.n_unswept >= self.sweep_every or self.full:
            self._sweep()

    def _sweep(self) -> None:
        """Free the two newest blocks, all that later steps build on, of what rounding let grow in them."""
        first = self.size - self.block
        found = self.slabs.subtract_projection(self.basis[first : self.size + self.block], self.basis[:first])
        loss = max(float(np.abs(found).max(initial=0.0)), 10 * EPS)
        # The loss grows geometrically, so the logarithm says how many steps are allowed.
        steps = self.n_unswept * np.log(LOSS_ALLOWED / EPS) / np.log(loss / EPS)
        self.sweep_every = int(np.clip(steps, 1, min(self.sweep_every + 1, self.most_unswept)))
        if loss > LOSS_HARMFUL and self.n_unswept > 1:
            # T is wrong by now: take these steps again, with sweeps between them.
            self.size -= self.n_unswept * self.block
            self.next_look = self.n_applied + self.block
            self.most_unswept = self.n_unswept - 1
        elif loss > LOSS_ALLOWED:
            for start in range(self.size - self.n_unswept * self.block, self.size + 1, self.block):
                self.slabs.subtract_projection(self.basis[start : start + self.block], self.basis[:start])
        self.n_unswept = 0

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        """Ritz values, descending, and their weights in the basis, one column each."""
        values, weights = scipy.linalg.eigh(self.projected[: self.size, : self.size], driver="evd")
        return values[::-1], weights[:, ::-1]

    def errors(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.linalg.norm(self.remainder @ weights[-self.block :], axis=0) / values

    def vectors(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        weights = np.vstack([weights, self.remainder @ weights[-self.block :] / values])
        weights /= np.linalg.norm(weights, axis=0)
        return self.slabs.combine(self.basis[: self.size + self.block], weights)

    def restart(self, values: np.ndarray, weights: np.ndarray, kept: int) -> None:
        """Go on from the leading `kept` Ritz vectors and the newest block."""
        newest = self.basis[self.size : self.size + self.block].copy()
        self.slabs.rotate(self.basis[: self.size], weights[:, :kept])
        self.basis[kept : kept + self.block] = newest
        self.projected[:] = 0
        self.projected[np.arange(kept), np.arange(kept)] = values[:kept]
        self.size = self.n_border = kept


def orthonormalize_rows(
    rows: np.ndarray, against: np.ndarray, rng: np.random.Generator, slabs: Slabs, scale: float = 0.0
) -> np.ndarray:
    """Replace rows (b, n) = Rᵀ Q by Q, orthonormal and orthogonal to the rows of `against`; returns R (b, b).

    Cholesky of the Gram matrix, twice: all work is in matrix products. Directions shorter than 1e-10 of `scale`, which
    appear when `against` spans an invariant subspace, are noise: random ones with zero coefficients replace them.
    """
    upper = _cholesky_step(rows, slabs, 1e-10 * scale)
    if upper is not None:
        second = _cholesky_step(rows, slabs, 0.0)
        if second is not None:
            return second @ upper
    left, lengths, right = scipy.linalg.svd(rows, full_matrices=False)
    alive = lengths > max(1e-10 * scale, 1e-12 * lengths[0], np.finfo(float).tiny)
    right[~alive] = rng.standard_normal((int((~alive).sum()), rows.shape[1]))
    for _ in range(2):
        right[~alive] -= (right[~alive] @ against.T) @ against
        right[~alive] -= (right[~alive] @ right[alive].T) @ right[alive]
        right[~alive] = scipy.linalg.qr(right[~alive].T, mode="economic")[0].T
    rows[:] = right
    weights = np.where(alive, lengths, 0.0)[:, None] * left.T
    return weights if upper is None else weights @ upper


def _cholesky_step(rows: np.ndarray, slabs: Slabs, floor: float) -> np.ndarray | None:
    """Replace rows by U^(−ᵀ) rows with UᵀU their Gram matrix; None, and nothing done, where that would lose digits."""
    try:
        upper = scipy.linalg.cholesky(slabs.products(rows, rows), check_finite=False)
    except scipy.linalg.LinAlgError:
        return None
    pivots = upper.diagonal()
    if pivots.min() < max(1e-7 * pivots.max(), floor):
        return None
    slabs.rotate(rows, scipy.linalg.solve_triangular(upper, np.eye(len(upper)), check_finite=False))
    return upper
