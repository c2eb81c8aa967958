"""The homogeneous problem solved: by least squares with one normalisation, or by its smallest singular vector."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg, lobpcg

from geomlearn.core.errors import SolverError
from geomlearn.core.progress import Progress
from geomlearn.sensing.calibration.bilinear import Bilinear


def normalised_least_squares(matrix: np.ndarray, normal: np.ndarray, value: complex = 1.0) -> np.ndarray:
    """argmin ‖𝒜 z‖² + |w*z − c|² for 𝒜 (r, k), w (k,) and c.

    With w on the gains alone its direction is that of S⁻¹w, whatever c and the length of w.
    """
    strength = np.linalg.norm(matrix) / np.sqrt(matrix.shape[1])
    stacked = np.vstack([matrix, strength * normal.conj()[None]])
    target = np.zeros(len(stacked), stacked.dtype)
    target[-1] = strength * value
    return np.linalg.lstsq(stacked, target, rcond=None)[0]


def balanced_null_vector(matrix: np.ndarray, n_gains: int) -> np.ndarray:
    """Right singular vector of the smallest singular value of 𝒜₀, once its two kinds of columns are equally long.

    Differs  from the plain singular vector: under noise the answer depends on the units of the fields, unless balanced.
    """
    lengths = np.linalg.norm(matrix, axis=0)
    tau = lengths[:n_gains].mean() / lengths[n_gains:].mean()
    scale = np.where(np.arange(matrix.shape[1]) < n_gains, 1.0, tau)
    triangle = np.linalg.qr(matrix * scale, mode="r")
    return scale * np.linalg.svd(triangle)[2][-1].conj()


def iterated_least_squares(system: Bilinear, options, progress: Progress) -> np.ndarray:
    """s ∝ S⁻¹ 1 by conjugate gradients on S + β 11ᵀ, which has the same direction and no small eigenvalue of its own.

    Raises
    ------
    SolverError   the iteration did not converge; `best` is the s so far.
    """
    diagonal = (np.abs(system.readings) ** 2).sum(axis=0)
    beta = diagonal.mean() / system.m

    def apply(s: np.ndarray) -> np.ndarray:
        return system.apply(s) + beta * s.sum()

    dtype = np.result_type(system.readings, system.operators)
    operator = LinearOperator((system.m, system.m), matvec=apply, dtype=dtype)
    precondition = LinearOperator((system.m, system.m), matvec=lambda s: s / diagonal, dtype=dtype)
    done = [0]

    def count(_: np.ndarray) -> None:
        done[0] += 1
        progress(done[0] / options.iterations, "conjugate gradients")

    target = np.full(system.m, beta, dtype)
    found, failed = cg(
        operator, target, rtol=options.tolerance, atol=0, maxiter=options.iterations, M=precondition, callback=count
    )
    if failed:
        raise SolverError(
            f"The gains did not converge in {options.iterations} products.", "Allow more, or measure more.", best=found
        )
    return found


def smallest_pairs(system: Bilinear, options, start: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The two smallest eigenvalues (2,) of S scaled by its diagonal, and their vectors (m, 2), without forming S."""
    root = np.sqrt((np.abs(system.readings) ** 2).sum(axis=0))
    rng = np.random.default_rng(0)
    block = rng.normal(size=(system.m, 4)).astype(np.result_type(system.readings, system.operators))
    if start is not None:
        block[:, 0] = start * root

    def apply(blocks: np.ndarray) -> np.ndarray:
        return np.stack([system.apply(s / root) / root for s in np.atleast_2d(blocks.T)], axis=1)

    operator = LinearOperator(
        (system.m, system.m), matvec=lambda s: apply(s.reshape(-1, 1))[:, 0], matmat=apply, dtype=block.dtype
    )
    import warnings

    with warnings.catch_warnings():
        # Its answer is used for a report, which two digits serve.
        warnings.simplefilter("ignore", UserWarning)
        values, vectors = lobpcg(operator, block, largest=False, maxiter=min(200, options.iterations), tol=1e-6)
    order = np.argsort(values)[:2]
    return np.maximum(values[order], 0), vectors[:, order] / root[:, None]
