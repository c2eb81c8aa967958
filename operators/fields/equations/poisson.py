"""Poisson's equation on a surface."""

from __future__ import annotations

import time

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.systems import Held, factor_symmetric, hold_rim
from geomlearn.operators.fields.options import PoissonOptions
from geomlearn.operators.fields.series import FieldSeries


def poisson(
    domain: Domain, source: np.ndarray, options: PoissonOptions | None = None, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """Solve −Δu = f, that is L u = M f.

    Where no value is held, u is only defined up to a constant and only for a source whose mean is zero. So the mean of
    f is removed, and u gets mean zero, on every connected piece of its own; what was removed is said in the result.

    Parameters
    ----------
    source   (q,) f at the unknowns of the domain.

    Returns
    -------
    A series of one frame u at time 0; its stats hold the relative `residual` and the `removed_means` of f.

    Raises
    ------
    ParameterError   the rim of a shape without one is to be held.
    SolverError      the matrix is numerically singular.

    Use when    a steady state, a potential or a smooth interpolation of sources and sinks is wanted.
    Avoid when  the source does not sum to zero on a closed shape and that mean matters: it is taken out.
    Source      Dziuk 1988, linear finite elements on a surface; the load lumped.
    Differs     The bordered system [[L, M1], [1ᵀM, 0]] is solved as its equal: one vertex of a piece pinned, the mean
                removed afterwards. That keeps the matrix positive definite, so Cholesky applies.
    """
    options = options or PoissonOptions()
    progress(0.0, "solving")
    started = time.perf_counter()
    held = hold_rim(domain, options.boundary, options.boundary_values)
    source, removed = _balanced(domain, source, held.indices)
    rhs = domain.mass * source
    u = _solve_held(domain, rhs, held)
    loose = _loose_components(domain, held.indices)
    means = _means(domain, u)
    u = u - np.where(loose, means, 0.0)[domain.components]
    free = np.setdiff1d(np.arange(domain.n_unknowns), held.indices)
    residual = np.linalg.norm((domain.stiffness @ u - rhs)[free])
    size = max(float(np.linalg.norm(rhs[free])), float(np.linalg.norm(abs(domain.stiffness) @ abs(u))), 1e-300)
    relative = float(residual) / size
    progress(1.0, "solved")
    series = FieldSeries(np.zeros(1), domain.expand(u)[None], ("u",))
    stats = {"residual": relative, "removed_means": removed, "solve_time_s": time.perf_counter() - started}
    return Result(series, Status.CONVERGED, _sentence(relative, removed, source), (), stats)


def _solve_held(domain: Domain, rhs: np.ndarray, held: Held) -> np.ndarray:
    """Held values where given; pieces without any are pinned at one vertex as well."""
    loose = np.flatnonzero(_loose_components(domain, held.indices))
    first = np.unique(domain.components, return_index=True)[1]
    indices = np.concatenate([held.indices, first[loose]])
    values = np.concatenate([held.values, np.zeros(len(loose))])
    pinned = Held(held.n, indices, values)
    return pinned.solver(domain.stiffness, factor_symmetric, refine=True)(rhs)


def _loose_components(domain: Domain, held: np.ndarray) -> np.ndarray:
    """(p,) true for the connected pieces on which no value is held."""
    loose = np.ones(domain.components.max() + 1, bool)
    loose[domain.components[held]] = False
    return loose


def _means(domain: Domain, values: np.ndarray) -> np.ndarray:
    """(p,) mass-weighted mean over each connected piece."""
    return np.bincount(domain.components, domain.mass * values) / np.bincount(domain.components, domain.mass)


def _balanced(domain: Domain, source: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, list[float]]:
    means = np.where(_loose_components(domain, held), _means(domain, source), 0.0)
    return source - means[domain.components], [float(mean) for mean in means]


def _sentence(relative: float, removed: list[float], source: np.ndarray) -> str:
    text = f"Solved to a relative residual of {relative:.1e}."
    largest = max(removed, key=abs)
    if abs(largest) > 1e-9 * max(np.abs(source).max(), 1e-300):
        where = "the shape" if len(removed) == 1 else f"its {len(removed)} pieces, each with its own"
        text += (
            f" The source's mean ({largest:.4g}) was removed on {where}: without a rim, what flows in must flow out."
        )
    return text
