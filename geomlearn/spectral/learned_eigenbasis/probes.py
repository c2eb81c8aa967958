"""Families of random probe functions: what a basis must reconstruct decides which operator it belongs to."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.spectral.learned_eigenbasis.options import ProbeOptions
from geomlearn.spectral.learned_eigenbasis.self_tuned import (
    ball_volume,
    nearest_neighbours,
    self_tuned_laplacian,
)
from geomlearn.spectral.solver.cholesky import CholeskyFactor

# The published ranges, for points in the unit ball.
_REFERENCE_NEIGHBOURS = (10, 20)
_REFERENCE_WIDTHS = (0.01, 0.2)


def draw_probes(
    points: np.ndarray,
    k: int,
    options: ProbeOptions = ProbeOptions(),  # noqa: B008 (frozen)
    seed: int | np.random.Generator = 0,
    potential: np.ndarray | None = None,
) -> np.ndarray:
    """Random probe functions on a cloud.

    Parameters
    ----------
    points     (n, d), any d; the published families expect them in the unit ball.
    k          how many basis functions the probes are to teach; sets how smooth self-tuned probes are.
    options    family and its parameters.
    seed       of all that is random.
    potential  (n,) scaled to [0, 1], for "schrodinger".

    Returns
    -------
    (n, m), one function per column; m = n where `n_probes` is 0.

    Raises
    ------
    SizeMismatch     too few points, or a potential of another length.
    ParameterError   "schrodinger" without a potential.

    Source   Velich et al. 2026, arXiv 2512.01103, section 5 and the released code.
    Differs  "self-tuned" is ours: g = (I + tA)⁻¹ ξ with the self-tuned operator A, white ξ. It is the theorem's
             setting, covariance a function of A, whatever the density of the sampling; the published smoother keeps
             the density, and its mass then falls where the area grows.
    """
    rng = np.random.default_rng(seed)
    if options.probes == "schrodinger":
        if potential is None:
            raise ParameterError("Schrödinger probes need a potential.", "Give one value per point.")
        if np.shape(potential) != (len(points),):
            raise SizeMismatch(
                f"A potential of shape {np.shape(potential)} meets {len(points)} points.", "Give one value per point."
            )
        potential = np.asarray(potential, float) - np.min(potential)
        return _schrodinger(points, potential / max(potential.max(), 1e-300), options, rng)
    if options.probes == "self-tuned":
        return _self_tuned(points, k, options, rng)
    if options.probes == "reference":
        return _reference(points, options, rng)
    return _hadamard(points, options, rng) if options.probes == "hadamard" else _polynomial(points, options, rng)


def diffusion_time(mass: np.ndarray, k: int, options: ProbeOptions) -> float:
    """t with t λ = 1 at the mode `smoothing · k`, in squared units, by Weyl's law for the volume of the cloud."""
    at = max(options.smoothing * k, 1.0)
    d = options.dimension
    return float((ball_volume(d) * mass.sum() / at) ** (2 / d) / (4 * np.pi**2))


def smoother(points: np.ndarray, k: int, width: float) -> sp.csr_array:
    """(n, n) one step f ← W D⁻¹ f of the published diffusion: columns sum to one, so Σf is conserved.

    Edges lead from each point's k nearest neighbours to it, with weights exp(−d²/width²); D sums the edges that leave.
    """
    n = len(points)
    distances, indices = nearest_neighbours(points, min(k, n - 1))
    weights = np.exp(-((distances / width) ** 2))
    row, column = np.repeat(np.arange(n), indices.shape[1]), indices.ravel()
    graph = sp.csr_array((weights.ravel(), (row, column)), shape=(n, n))
    leaving = graph.sum(axis=0)
    # A point that is nobody's neighbour, or too far for the width, keeps what it has.
    alone = leaving < 1e-280
    return (graph @ sp.diags_array(np.where(alone, 0.0, 1 / np.where(alone, 1.0, leaving)))).tocsr() + sp.diags_array(
        alone.astype(float)
    )


def _self_tuned(points: np.ndarray, k: int, options: ProbeOptions, rng: np.random.Generator) -> np.ndarray:
    laplacian = self_tuned_laplacian(points, options.dimension, options.n_neighbours)
    time = diffusion_time(laplacian.mass, k, options)
    # (I + tA)⁻¹ = M^{1/2} (M + tS)⁻¹ M^{1/2}
    root = np.sqrt(laplacian.mass)
    factor = CholeskyFactor((sp.diags_array(laplacian.mass) + time * laplacian.stiffness).tocsr())
    white = rng.standard_normal((options.n_probes, len(points))) if options.n_probes else np.eye(len(points))
    return (factor.solve_rows(white * root) * root).T


def _reference(points: np.ndarray, options: ProbeOptions, rng: np.random.Generator) -> np.ndarray:
    functions = _noise(len(points), options, rng)
    k = int(rng.integers(_REFERENCE_NEIGHBOURS[0], _REFERENCE_NEIGHBOURS[1] + 1))
    for _ in range(options.n_steps):
        functions = smoother(points, k, rng.uniform(*_REFERENCE_WIDTHS)) @ functions
    return functions


def _schrodinger(
    points: np.ndarray, potential: np.ndarray, options: ProbeOptions, rng: np.random.Generator
) -> np.ndarray:
    functions = _noise(len(points), options, rng)
    k = int(rng.integers(_REFERENCE_NEIGHBOURS[0], _REFERENCE_NEIGHBOURS[1] + 1))
    damping = np.exp(-options.potential_weight * potential / options.n_steps)[:, None]
    for _ in range(options.n_steps):
        # The kernel of this family is exp(−d²/2σ²).
        step = smoother(points, k, np.sqrt(2) * rng.uniform(*_REFERENCE_WIDTHS))
        functions = damping * (step @ functions)
    return functions


def _noise(n: int, options: ProbeOptions, rng: np.random.Generator) -> np.ndarray:
    """White signals as published; or orthogonal ones, whose smoothed copies have the expected covariance exactly."""
    return rng.uniform(-1, 1, (n, options.n_probes)) if options.n_probes else np.eye(n)


def _hadamard(points: np.ndarray, options: ProbeOptions, rng: np.random.Generator) -> np.ndarray:
    """Piecewise constant: each function halves the cloud at the median along random directions, again and again."""
    n = len(points)
    functions = np.empty((n, options.n_probes or n))
    depth = max(1, int(np.log2(n)) - 3)
    for column in range(functions.shape[1]):
        cell = np.zeros(n, np.int64)
        for _ in range(int(rng.integers(1, depth + 1))):
            height = points @ rng.standard_normal(points.shape[1])
            order = np.lexsort((height, cell))
            size = np.bincount(cell)
            rank = np.empty(n, np.int64)
            rank[order] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
            cell = np.unique(2 * cell + (2 * rank >= size[cell]), return_inverse=True)[1]
        functions[:, column] = rng.standard_normal(cell.max() + 1)[cell]
    return functions


def _polynomial(points: np.ndarray, options: ProbeOptions, rng: np.random.Generator) -> np.ndarray:
    """Sums of powers of random linear functions, up to the degree."""
    n, d = points.shape
    m = options.n_probes or n
    functions = np.zeros((n, m))
    for degree in range(options.degree + 1):
        directions = rng.standard_normal((d, m)) / np.sqrt(d)
        functions += rng.standard_normal(m) * (points @ directions) ** degree
    return functions
