"""L φ = λ M φ for one matrix pair: components apart, each dense or by block Lanczos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.spectral.solver.block_lanczos import block_lanczos
from geomlearn.spectral.solver.cholesky import CholeskyFactor

# Vectors per Lanczos step: a multiple of what one sweep of the factor takes; larger blocks need more solves in total.
BLOCK = 8
# The shift over the largest eigenvalue expected. The closer the shift, the fewer solves; the further, the longer the
# basis stays orthogonal by itself. A tenth costs 4 % more solves than a hundredth, and saves half of all sweeps.
SHIFT = 0.1
# The basis of the iteration may take this much memory before it is restarted early.
BASIS_BYTES = 3 * 1024**3
# Up to this size a dense solver is faster; up to the second it still answers within seconds when many modes are asked.
DENSE_SIZE = 500
DENSE_LIMIT = 6000
# Solves after which the iteration gives up; it needs about three per mode.
SOLVES_PER_MODE = 60


@dataclass(frozen=True)
class Pairs:
    """Eigenpairs of one problem.

    Attributes
    ----------
    evals (k,) ascending;  evecs (n, k) mass-orthonormal;  residuals (k,) as `residuals` defines.
    n_solves      linear solves spent;  converged  whether the iteration met its tolerance.
    n_components  pieces the matrix fell into.
    """

    evals: np.ndarray
    evecs: np.ndarray
    residuals: np.ndarray
    n_solves: int
    converged: bool
    n_components: int = 1


def smallest_pairs(
    stiffness: sp.csr_array, mass: np.ndarray, k: int, *, tolerance: float, seed: int, progress: Progress
) -> Pairs:
    """The k smallest eigenpairs, however many pieces the matrix falls into.

    Each piece is solved for the modes that its share of the area lets expect; a piece whose spectrum was cut below the
    k-th eigenvalue of the union is solved again for more. No multiplicity across pieces is ever missed this way.

    Parameters
    ----------
    stiffness (n, n) symmetric positive semi-definite;  mass (n,) positive.

    Raises
    ------
    ParameterError   k exceeds n, or n is large and k more than half of it.
    """
    n = len(mass)
    if k > n:
        raise ParameterError(f"{k} modes asked, but there are only {n} free vertices.", f"Ask for at most {n}.")
    gap = mean_gap(mass)
    n_pieces, label = connected_components(stiffness, directed=False)
    if n_pieces == 1:
        return _connected(stiffness, mass, k, gap, tolerance, seed, progress)
    pieces = [_Piece(stiffness, mass, vertices) for vertices in _groups(label, n_pieces)]
    if n_pieces >= k and all(piece.is_free for piece in pieces):
        pieces.sort(key=lambda piece: (-piece.area, piece.vertices[0]))
        solved = [(piece, piece.constant(gap)) for piece in pieces[:k]]
    else:
        solved = _solve_pieces(pieces, k, gap, tolerance, seed, progress)
    return _union(solved, n, k, n_pieces)


def mean_gap(mass: np.ndarray) -> float:
    """4π/area: by Weyl's law the mean distance between eigenvalues, in 1 / squared units."""
    return float(4 * np.pi / mass.sum())


def residuals(
    stiffness: sp.csr_array, mass: np.ndarray, evals: np.ndarray, evecs: np.ndarray, gap: float
) -> np.ndarray:
    """(k,) residuals ‖Lφ − λMφ‖ in the M⁻¹ norm, relative to λ + gap, with the gap of the whole shape.

    For mass-orthonormal φ this bounds the distance from λ to the nearest exact eigenvalue, relative to λ + gap.
    """
    missing = stiffness @ evecs
    missing -= mass[:, None] * evecs * evals
    squared = np.einsum("ij,ij,i->j", missing, missing, 1 / mass)
    return np.sqrt(squared) / (evals + gap)


class _Piece:
    """One connected component: its vertices, matrices, and whether constants are in its null space."""

    def __init__(self, stiffness: sp.csr_array, mass: np.ndarray, vertices: np.ndarray) -> None:
        self.vertices = vertices
        self.stiffness = stiffness[vertices][:, vertices].tocsr()
        self.mass = mass[vertices]
        self.area = float(self.mass.sum())

    @property
    def is_free(self) -> bool:
        """No vertex of it was held: its rows sum to zero."""
        sums = np.abs(self.stiffness.sum(axis=1))
        return bool((sums <= 1e-10 * np.maximum(self.stiffness.diagonal(), 1e-300)).all())

    def constant(self, gap: float) -> Pairs:
        """Its zero mode."""
        evecs = np.full((len(self.vertices), 1), self.area**-0.5)
        return Pairs(np.zeros(1), evecs, residuals(self.stiffness, self.mass, np.zeros(1), evecs, gap), 0, True)


def _groups(label: np.ndarray, n_groups: int) -> list[np.ndarray]:
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=n_groups))[:-1])


def _solve_pieces(
    pieces: list[_Piece], k: int, gap: float, tolerance: float, seed: int, progress: Progress
) -> list[tuple[_Piece, Pairs]]:
    total = sum(piece.area for piece in pieces)
    counts = [min(len(piece.vertices), int(np.ceil(1.1 * k * piece.area / total)) + 4) for piece in pieces]
    solutions: dict[int, Pairs] = {}
    while True:
        pending = [i for i in range(len(pieces)) if i not in solutions]
        for done, i in enumerate(pending):
            part = progress.part(done / len(pending), (done + 1) / len(pending))
            piece = pieces[i]
            solutions[i] = _connected(piece.stiffness, piece.mass, min(counts[i], k), gap, tolerance, seed, part)
        union = np.sort(np.concatenate([solution.evals for solution in solutions.values()]))
        enough = len(union) >= k
        short = [
            i
            for i, solution in solutions.items()
            if len(solution.evals) < min(len(pieces[i].vertices), k)
            and (not enough or solution.evals[-1] <= union[k - 1])
        ]
        if not short:
            return [(piece, solutions[i]) for i, piece in enumerate(pieces)]
        for i in short:
            counts[i] = min(len(pieces[i].vertices), k, 2 * counts[i])
            del solutions[i]


def _union(solved: list[tuple[_Piece, Pairs]], n: int, k: int, n_pieces: int) -> Pairs:
    evals = np.concatenate([pairs.evals for _, pairs in solved])
    order = np.argsort(evals, kind="stable")[:k]
    evecs = np.zeros((n, k))
    start = 0
    for piece, pairs in solved:
        mine = np.flatnonzero((order >= start) & (order < start + len(pairs.evals)))
        evecs[np.ix_(piece.vertices, mine)] = pairs.evecs[:, order[mine] - start]
        start += len(pairs.evals)
    residual = np.concatenate([pairs.residuals for _, pairs in solved])[order]
    n_solves = sum(pairs.n_solves for _, pairs in solved)
    return Pairs(evals[order], evecs, residual, n_solves, all(pairs.converged for _, pairs in solved), n_pieces)


def _connected(
    stiffness: sp.csr_array, mass: np.ndarray, k: int, gap: float, tolerance: float, seed: int, progress: Progress
) -> Pairs:
    """One component, symmetrised to S = M^(−½) L M^(−½) so that inner products are plain."""
    n = len(mass)
    root = np.sqrt(mass)
    symmetric = (sp.diags_array(1 / root) @ stiffness @ sp.diags_array(1 / root)).tocsr()
    if n <= DENSE_SIZE or (3 * k > n and n <= DENSE_LIMIT):
        evals, evecs = scipy.linalg.eigh(symmetric.toarray(), subset_by_index=[0, k - 1])
        n_solves, converged = 0, True
    elif 2 * k > n:
        raise ParameterError(
            f"{k} modes of {n} vertices are too many for the iterative solver, and {n} vertices for the dense one.",
            f"Ask for at most {n // 2}.",
        )
    else:
        shift = SHIFT * max(k, 1 / SHIFT) * mean_gap(mass)
        factor = CholeskyFactor(symmetric + shift * sp.eye_array(n))
        image = np.empty((BLOCK, n))
        ritz = block_lanczos(
            lambda rows: factor.solve_rows(rows, out=image),
            n,
            k,
            tolerance=0.8 * tolerance,
            block=BLOCK,
            basis_size=_basis_size(n, k),
            max_applied=SOLVES_PER_MODE * (k + 4 * BLOCK),
            seed=seed,
            progress=progress,
        )
        evals, evecs, n_solves, converged = 1 / ritz.values - shift, ritz.vectors, ritz.n_applied, ritz.converged
    evals = np.maximum(evals, 0.0)
    evecs /= root[:, None]
    return Pairs(evals, evecs, residuals(stiffness, mass, evals, evecs, gap), n_solves, converged)


def _basis_size(n: int, k: int) -> int:
    """Rows to restart at: what the iteration usually needs in all, unless that is too much memory."""
    affordable = max(BASIS_BYTES // (8 * n), 3 * k // 2)
    return min(max(min(4 * k, affordable), k) + 6 * BLOCK, n - 2 * BLOCK)
