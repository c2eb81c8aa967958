"""Gradient-normalized smoothing: Newton's method whose trust radius finds itself, for any approximate Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.optimizers.newton.systems import Hessian, Metric, newton_direction
from geomlearn.optimizers.options import GradientNormalizedOptions

# Differences of function values below this many units in the last place say nothing.
_RESOLUTION = 64.0


@dataclass(frozen=True, eq=False)
class Point:
    """Where the method stands: x (d,), the value there, and the gradient (d,)."""

    x: np.ndarray
    value: float
    gradient: np.ndarray


@dataclass(frozen=True, eq=False)
class Step:
    """One accepted step, or none: `point` is where it starts if `accepted` is false."""

    point: Point
    gamma: float
    next_gamma: float
    trials: int
    accepted: bool


def gns_minimize(
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]],
    x0: np.ndarray,
    hessian: Callable[[np.ndarray], Hessian] | None = None,
    *,
    metric: np.ndarray | None = None,
    options: GradientNormalizedOptions = GradientNormalizedOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """Minimize a smooth function by Newton steps regularized by ‖gradient‖/γ.

    λ = ‖g‖_*/γ,  x⁺ = x − (H + λB)⁻¹ g, so that ‖x⁺ − x‖ ≤ γ                                     (equation 1)
    accept iff f(x) − f(x⁺) ≥ γ/8 · ‖g⁺‖_*²/‖g‖_*; then γ doubles, else γ halves and x stays      (equation 2)

    Parameters
    ----------
    evaluate   x (d,) ↦ value and gradient (d,), both of the whole batch and without noise.
    x0 (d,)    start; its precision is the precision of the method.
    hessian    x ↦ a matrix (d, d), a `LinearOperator` (solved by conjugate gradients), a `RankOne`, or None for zero:
               then steps are −γ B⁻¹g/‖g‖_*. Exact, Gauss–Newton, Fisher, anything near it; may be indefinite.
    metric     B: None for the identity, (d,) or (d, d) positive.

    Returns
    -------
    The best x. Converged at ‖g‖_* ≤ tol; stalled where γ shrank below `gamma_min`, or below what x can resolve.
    History: `value`, `gradient_norm`, `gamma`, `trials`, `step_length` per iteration; stats: `n_solves`.

    Raises
    ------
    ParameterError   the value or gradient at x0 is not finite.

    Use when    the whole batch fits, the number of unknowns allows a solve, and nobody wants to tune a step size.
    Avoid when  gradients are sampled: the test compares values of one function.
    Source   Semenov, Jaggi & Doikov 2025, arXiv 2506.13710, algorithms 1 and 3.
    Differs  1. An indefinite H + λB is answered by a smaller γ; the released code applies a stale step. 2. Where
             differences of f drown in rounding, ⟨g⁺, x − x⁺⟩ ≥ ‖g⁺‖_*²/(4λ) decides instead. 3. No 1e-8 on γ. 4. No
             trial is accepted because its iteration ran out of them. 5. Conjugate gradients stop at
             min(cg_tol, ‖g‖_*); the theory assumes exact solves.
    """
    ruler, point = Metric(metric), _started(evaluate, x0)
    gamma, history, n_solves = options.gamma0, [], 0
    status, sentence = Status.LIMIT_REACHED, f"All {options.max_iter} iterations were used."
    for iteration in range(options.max_iter):
        size = ruler.dual_length(point.gradient)
        if size <= options.tol:
            status, sentence = Status.CONVERGED, f"The gradient fell to {size:.3g} in {iteration} iterations."
            break
        if progress.cancelled:
            status, sentence = Status.CANCELLED, f"Stopped by hand after {iteration} iterations."
            break
        curvature = None if hessian is None else hessian(point.x)
        step = gns_step(point, curvature, gamma, evaluate, ruler, options)
        n_solves += step.trials
        gamma = step.next_gamma
        if not step.accepted:
            status, sentence = (
                Status.STALLED,
                f"No step of a length that {point.x.dtype} resolves lowers the value further.",
            )
            break
        history.append(_row(point, step, ruler))
        point = step.point
        progress((iteration + 1) / options.max_iter, f"value {point.value:.6g}")
    stats = {"value": point.value, "gradient_norm": ruler.dual_length(point.gradient), "n_solves": n_solves}
    return Result(point.x, status, sentence, tuple(history), {**stats, "gamma": gamma})


def _started(evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]], x0: np.ndarray) -> Point:
    x = np.array(x0)
    point = Point(x, *evaluate(x))
    if not (np.isfinite(point.value) and np.isfinite(point.gradient).all()):
        raise ParameterError("The function is not finite where the search starts.", "Start elsewhere.")
    return point


def _row(start: Point, step: Step, ruler: Metric) -> dict[str, float]:
    """What the history keeps of an accepted step."""
    return {
        "value": step.point.value,
        "gradient_norm": ruler.dual_length(step.point.gradient),
        "gamma": step.gamma,
        "trials": step.trials,
        "step_length": ruler.length(step.point.x - start.x),
    }


def gns_step(
    point: Point,
    hessian: Hessian,
    gamma: float,
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]],
    metric: Metric,
    options: GradientNormalizedOptions,
) -> Step:
    """Equations 1 and 2 once: halve γ until a step is accepted, and say what γ to try next."""
    size = metric.dual_length(point.gradient)
    if size == 0:
        return Step(point, gamma, gamma, 0, False)
    smallest = np.finfo(point.x.dtype).eps * max(metric.length(point.x), np.finfo(point.x.dtype).tiny) / 4
    for trial in range(1, options.max_trials + 1):
        if gamma < max(options.gamma_min, smallest):
            return Step(point, gamma, gamma, trial - 1, False)
        weight = size / gamma
        tolerance = min(options.cg_tol, size)
        h = newton_direction(hessian, point.gradient, weight, metric, tolerance=tolerance, max_iter=options.cg_max_iter)
        if h is not None and np.isfinite(h).all():
            x = (point.x - h).astype(point.x.dtype)
            reached = Point(x, *evaluate(x))
            if _accepted(point, reached, gamma, size, metric):
                return Step(reached, gamma, 2 * gamma, trial, True)
        gamma /= 2
    return Step(point, gamma, gamma, options.max_trials, False)


def _accepted(start: Point, reached: Point, gamma: float, size: float, metric: Metric) -> bool:
    if not (np.isfinite(reached.value) and np.isfinite(reached.gradient).all()):
        return False
    new_size = metric.dual_length(reached.gradient)
    wanted = gamma / 8 * new_size**2 / size
    # Values of a function are rounded at least as coarsely as the numbers it is computed from.
    noise = _RESOLUTION * np.finfo(start.x.dtype).eps * max(abs(start.value), abs(reached.value))
    if wanted > noise:
        return start.value - reached.value >= wanted
    downhill = float(reached.gradient @ (start.x - reached.x))
    return reached.value <= start.value + noise and new_size < size and downhill >= gamma / 4 * new_size**2 / size
