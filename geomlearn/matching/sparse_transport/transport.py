"""Sparsity-constrained optimal transport by its dual or semi-dual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csc_array

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.sparse_transport.conjugates import Columns, positive_conjugate, simplex_conjugate
from geomlearn.matching.sparse_transport.options import SparseTransportOptions
from geomlearn.matching.sparse_transport.plan import SparsePlan
from geomlearn.matching.sparse_transport.recovery import averaged, polished

# Marginals of both sides may differ by this much of their sum.
UNEQUAL = 1e-6


def sparse_transport(
    cost: np.ndarray,
    sources: np.ndarray | None = None,
    targets: np.ndarray | None = None,
    options: SparseTransportOptions = SparseTransportOptions(),  # noqa: B008 (frozen)
    *,
    progress: Progress = SILENT,
) -> Result[SparsePlan]:
    """Move mass from sources to targets so that each target hears from few sources.

    Parameters
    ----------
    cost (m, n)   of moving from source i to target j; scaled to at most 1 inside, so that `gamma` means the same.
    sources (m,), targets (n,)   masses, positive, of one sum; alike when absent.
    progress      reports; cancelling hands over the plan of the potentials so far.

    Returns
    -------
    Result[SparsePlan]   history holds the maximised `value` by iteration.

    Raises
    ------
    SizeMismatch     masses do not fit the cost.
    ParameterError   a cost is not finite, a mass is not positive, or sums differ.

    Use when …   soft maps with few candidates and their weights are wanted, or tokens shall choose few experts.
    Avoid when … marginals must be exact and the plan k-sparse at once: between k = 1 and the quadratic plan's own
                 sparsity the two contradict each other, see `recovery`.
    Source   Liu, Puigcerver & Blondel 2022, Sparsity-Constrained Optimal Transport, arXiv 2209.15466.
    Differs  1. k ≥ m is plain quadratic regularisation. 2. Two more ways from potentials to a plan.
    """
    cost, sources, targets = _checked(cost, sources, targets)
    scale = float(np.abs(cost).max()) or 1.0
    total = float(targets.sum())
    problem = _Problem(cost / scale, sources / total, targets / total, options)
    history: list[dict[str, float]] = []

    def watch(point: np.ndarray) -> None:
        history.append({"value": -problem(point)[0] * scale * total})
        if progress.cancelled:
            raise StopIteration
        progress(min(0.95, len(history) / 200), f"iteration {len(history)}")

    found = minimize(
        problem,
        np.zeros(problem.size),
        jac=True,
        method="L-BFGS-B",
        callback=watch,
        options={
            "maxiter": options.max_iterations,
            "maxfun": 4 * options.max_iterations,
            "maxcor": 30,
            "ftol": 1e-14,
            "gtol": 1e-10,
        },
    )
    status, sentence = _stopped(found, progress, options)
    plan = _recovered(problem, found.x, scale, total)
    if options.k * len(targets) < len(sources):
        sentence += f" {len(sources)} sources cannot all send mass to {len(targets)} targets of {options.k} each."
    return Result(plan, status, sentence, tuple(history), {"iterations": int(found.nit), "scale": scale})


@dataclass(frozen=True, eq=False)
class _Problem:
    """What L-BFGS minimises: minus the dual or semi-dual, at unit mass and costs of at most 1."""

    cost: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    options: SparseTransportOptions

    @property
    def size(self) -> int:
        m, n = self.cost.shape
        return m if self.options.formulation == "semi-dual" else m + n

    def columns(self, point: np.ndarray) -> Columns:
        m, k, gamma = len(self.sources), self.options.k, self.options.gamma
        if self.options.formulation == "semi-dual":
            return simplex_conjugate(point[:, None] - self.cost, self.targets, k, gamma)
        return positive_conjugate(point[:m, None] + point[m:] - self.cost, k, gamma)

    def scores(self, point: np.ndarray) -> np.ndarray:
        """(m, n) by which entries are ranked."""
        return point[: len(self.sources), None] - self.cost

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        m = len(self.sources)
        columns = self.columns(point)
        received = np.bincount(columns.rows.ravel(), columns.entries.ravel(), minlength=m)
        value = float(point[:m] @ self.sources - columns.values.sum())
        gradient = self.sources - received
        if self.options.formulation == "dual":
            value += float(point[m:] @ self.targets)
            gradient = np.concatenate([gradient, self.targets - columns.entries.sum(axis=0)])
        return -value, -gradient


def _recovered(problem: _Problem, point: np.ndarray, scale: float, total: float) -> SparsePlan:
    options, (m, n) = problem.options, problem.cost.shape
    columns = problem.columns(point)
    alpha = point[:m]
    beta = point[m:] if options.formulation == "dual" else -options.gamma * columns.threshold
    if options.recovery == "averaged":
        matrix = averaged(problem.cost, problem.sources, problem.targets, alpha, options)
    elif options.recovery == "polished":
        matrix = polished(problem.cost, problem.sources, problem.targets, problem.scores(point), options.k)
    else:
        kept = columns.entries > 0
        where = columns.rows[kept], np.broadcast_to(np.arange(n), columns.rows.shape)[kept]
        matrix = csc_array((columns.entries[kept], where), shape=(m, n))
    matrix.sum_duplicates()
    value = -problem(point)[0]
    cost = float((matrix * problem.cost).sum())
    gap = cost + options.gamma / 2 * float((matrix.data**2).sum()) - value
    wrong = np.abs(np.asarray(matrix.sum(axis=1)) - problem.sources).sum()
    wrong += np.abs(np.asarray(matrix.sum(axis=0)) - problem.targets).sum()
    worth = scale * total
    return SparsePlan(
        csc_array(matrix * total),
        alpha * scale,
        beta * scale,
        value * worth,
        cost * worth,
        gap * worth,
        float(wrong) * total,
    )


def _stopped(found, progress: Progress, options: SparseTransportOptions) -> tuple[Status, str]:
    if progress.cancelled:
        return Status.CANCELLED, f"Cancelled after {found.nit} iterations."
    if found.nit >= options.max_iterations:
        return Status.LIMIT_REACHED, f"All {options.max_iterations} iterations were used."
    if found.success:
        return Status.CONVERGED, f"The potentials settled after {found.nit} iterations."
    return Status.STALLED, f"No step raises the value any more after {found.nit} iterations, as on its kinks."


def _checked(
    cost: np.ndarray, sources: np.ndarray | None, targets: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cost = np.asarray(cost, float)
    if cost.ndim != 2 or 0 in cost.shape:
        raise SizeMismatch(f"Costs have shape {cost.shape}.", "Give (m, n): sources by targets.")
    if not np.isfinite(cost).all():
        raise ParameterError("Some costs are not finite.", "Give a large number where nothing may go.")
    masses = []
    for name, mass, count in (("sources", sources, cost.shape[0]), ("targets", targets, cost.shape[1])):
        mass = np.full(count, 1 / count) if mass is None else np.asarray(mass, float)
        if mass.shape != (count,):
            raise SizeMismatch(f"{name} have shape {mass.shape} beside costs {cost.shape}.", f"Give ({count},).")
        if not np.isfinite(mass).all() or mass.min() <= 0:
            raise ParameterError(f"Some masses of {name} are not positive.", "Leave out what carries none.")
        masses.append(mass)
    if abs(masses[0].sum() - masses[1].sum()) > UNEQUAL * masses[1].sum():
        raise ParameterError(
            f"Sources hold {masses[0].sum():.6g} and targets {masses[1].sum():.6g}.", "Scale them to one sum."
        )
    return cost, masses[0] * (masses[1].sum() / masses[0].sum()), masses[1]
