"""Hyperparameters by gradient descent whose accuracy follows from what each step needs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.tuning.bilevel import BilevelProblem
from geomlearn.tuning.hypergradient import Constants, Hypergradient, hypergradient
from geomlearn.tuning.lower_solvers import solve_lower
from geomlearn.tuning.options import MaidOptions

# Rounds of tightening before no step counts as certifiable: 2⁻⁴⁰ of any accuracy is rounding.
_ROUNDS = 40


class Maid:
    """The method of adaptive inexact descent, one upper iteration at a time.

    Parameters
    ----------
    problem   lower problem smooth and strongly convex, upper loss smooth.
    theta     (p,) where it begins; weights are best given as logarithms.
    options   accuracies, step, and how they change.

    Attributes
    ----------
    theta, x       where it is, and the lower solution there.
    history        a row an iteration: `loss`, `gradient` ‖z‖, `error` ω, `accuracy`, `residual`, `step`, `cost`.
    cost           lower gradients and Hessian products so far.
    """

    def __init__(self, problem: BilevelProblem, theta: Tensor, options: MaidOptions | None = None) -> None:
        self.problem, self.options = problem, options or MaidOptions()
        self.theta = problem.checked(theta)
        self.x = problem.start().to(torch.float64)
        self.accuracy, self.residual, self.step = self.options.accuracy, self.options.residual, self.options.step
        self.history: list[dict[str, float]] = []
        self.cost = 0
        self._constants = Constants(problem) if self.options.certify else None

    def iterate(self) -> bool:
        """One accepted step; false when none could be certified.

        Raises
        ------
        SolverError   a lower problem or a system is not solved within the iterations allowed.
        """
        o = self.options
        for attempt in range(o.max_backtracks, o.max_backtracks + _ROUNDS):
            found = self.direction()
            step = self.step
            for _ in range(attempt if self._resolves(found) else 0):
                theta = self.theta - step * found.z
                trial, cost = solve_lower(self.problem, theta, found.x, self.accuracy, o.max_lower)
                self.cost += cost
                if self._decreases(found, trial, step):
                    self._accept(theta, trial, found, step)
                    return True
                step *= o.shrink
                if self.cost > o.budget:
                    return False
            self.accuracy *= o.tighten
            self.residual *= o.tighten
        return False

    def _resolves(self, found: Hypergradient) -> bool:
        """Whether the bounds are tighter than what the first step can gain; if not, no shorter one is worth a solve."""
        bend = 0.5 * self.problem.upper_smoothness * self.accuracy**2
        loose = 2 * found.slope * self.accuracy + (1 if self.problem.convex_upper else 2) * bend
        return loose <= self.step * float(found.z.norm()) ** 2

    def direction(self) -> Hypergradient:
        """z at the present θ, as accurate as a descent direction must be: ω ≤ (1 − η)‖z‖."""
        o = self.options
        while True:
            found = hypergradient(
                self.problem, self.theta, self.x, self.accuracy, self.residual,
                max_lower=o.max_lower, constants=self._constants,
            )  # fmt: skip
            self.cost += found.cost
            self.x = found.x
            size = float(found.z.norm())
            # Near a minimum no direction stands out of its error: the certificate itself is small enough then.
            sure = found.error <= (1 - o.confidence) * size or size + found.error <= o.tolerance
            if sure or self._constants is None or self.cost > o.budget:
                return found
            self.accuracy *= o.tighten
            self.residual *= o.tighten

    def state(self) -> dict[str, Any]:
        """All that is needed to go on with `restore`."""
        names = ("theta", "x", "accuracy", "residual", "step", "cost")
        constants = (self._constants.cross, self._constants.inverse) if self._constants else (0.0, 0.0)
        return {**{name: getattr(self, name) for name in names}, "history": list(self.history), "constants": constants}

    def restore(self, state: dict[str, Any]) -> Maid:
        """Go on from what `state` gave, to the bit."""
        if state["theta"].shape != self.theta.shape or state["x"].shape != self.x.shape:
            raise ParameterError("The state belongs to another problem.", "Give the problem it was saved with.")
        for name in ("theta", "x", "accuracy", "residual", "step", "cost"):
            setattr(self, name, state[name])
        self.history = list(state["history"])
        if self._constants is not None:
            self._constants.cross, self._constants.inverse = state["constants"]
        return self

    def _decreases(self, found: Hypergradient, trial: Tensor, step: float) -> bool:
        """ψ(α) ≤ 0: the upper bound of the new loss lies λα‖z‖² below the lower bound of the old one (equation 4)."""
        problem, epsilon = self.problem, self.accuracy
        value, slope = problem.upper_gradient(trial)
        bend = 0.5 * problem.upper_smoothness * epsilon**2
        above = value + float(slope.norm()) * epsilon + bend
        below = found.upper - found.slope * epsilon - (0.0 if problem.convex_upper else bend)
        return above - below + self.options.decrease * step * float(found.z.norm()) ** 2 <= 0

    def _accept(self, theta: Tensor, trial: Tensor, found: Hypergradient, step: float) -> None:
        self.theta, self.x = theta, trial
        self.history.append(
            {
                "loss": self.problem.upper_gradient(trial)[0],
                "gradient": float(found.z.norm()),
                "error": found.error,
                "accuracy": self.accuracy,
                "residual": self.residual,
                "step": step,
                "cost": float(self.cost),
            }
        )
        self.step = step * self.options.grow
        self.accuracy *= self.options.relax
        self.residual *= self.options.relax


def solve_bilevel(
    problem: BilevelProblem,
    theta: Tensor,
    options: MaidOptions | None = None,
    *,
    progress: Progress = SILENT,
    **changes: Any,
) -> Result[Maid]:
    """Descend from theta (p,) until the certificate ‖z‖ + ω ≥ ‖∇f(θ)‖ is below the tolerance.

    Returns
    -------
    Result of Maid, with θ and the lower solution; stats has `certificate`, `loss` and `cost`.

    Raises
    ------
    ParameterError   θ is not finite, or the lower problem is not strongly convex.
    SolverError      the first lower problem cannot be solved in the iterations allowed.

    Use when …   some weights or filters are to be learned from examples, and each lower solve costs.
    Avoid when … the lower problem is not smooth and strongly convex, or one weight is sought: a grid does.
    Source   Salehi, Mukherjee, Roberts & Ehrhardt 2023, arXiv 2308.10098, algorithm 3.1.
    Differs  1. λ = .1 and η = .5 instead of 1e-8 and 1e-4: a decrease worth the name. 2. ω is computed from the
             accuracies reached, not those asked for. 3. ‖J‖ is a power iteration and a tenth, the other constants are
             running maxima of difference quotients unless the problem is quadratic: there ω is certain, else estimated.
    """
    options = (options or MaidOptions()).replace(**changes)
    run = Maid(problem, theta, options)
    certificate, status, sentence = float("inf"), Status.LIMIT_REACHED, "Every iteration allowed was used."
    for iteration in range(options.max_iterations):
        if progress.cancelled:
            status, sentence = Status.CANCELLED, "Stopped when asked to."
            break
        try:
            moved = run.iterate()
        except SolverError as error:
            if not run.history:
                raise
            status, sentence = Status.STALLED, f"{error.message} The last step that was certified is kept."
            break
        if not moved:
            status = Status.STALLED if run.cost <= options.budget else Status.LIMIT_REACHED
            sentence = "No further step could be certified." if status is Status.STALLED else "The budget is used up."
            break
        last = run.history[-1]
        certificate = last["gradient"] + last["error"]
        progress(iteration / options.max_iterations, f"loss {last['loss']:.4g}, certificate {certificate:.2g}")
        if certificate <= options.tolerance:
            status, sentence = Status.CONVERGED, f"The gradient is at most {certificate:.1e}."
            break
    stats = {
        "certificate": certificate,
        "loss": run.history[-1]["loss"] if run.history else float("nan"),
        "cost": run.cost,
    }
    return Result(run, status, sentence, tuple(run.history), stats)
