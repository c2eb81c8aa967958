"""Marching in time: how long, how far at once, which steps are kept, and stopping in between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import Cancelled, ParameterError, SolverError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.systems import Held, Solve
from geomlearn.operators.fields.options import EvolutionOptions
from geomlearn.operators.fields.series import FieldSeries

State = TypeVar("State")

_FRAMES = 50
_MOST_STEPS = 10_000_000
_MOST_BYTES = 2 * 2**30
_REPORTS = 200


@dataclass(frozen=True)
class Clock:
    """Whole steps that fill the duration.

    Attributes
    ----------
    duration, time_step   in units of time; ``n_steps * time_step = duration``.
    save_every            steps between kept frames.
    """

    duration: float
    time_step: float
    n_steps: int
    save_every: int

    @property
    def n_frames(self) -> int:
        return 1 + math.ceil(self.n_steps / self.save_every)

    def keeps(self, step: int) -> bool:
        return step % self.save_every == 0 or step == self.n_steps


def set_clock(
    domain: Domain, options: EvolutionOptions, duration: float, time_step: float, n_functions: int = 1
) -> Clock:
    """The clock the options ask for, with defaults where they are silent.

    Parameters
    ----------
    duration    the default.
    time_step   the default; a duration given alone keeps it, but takes at least 20 steps.

    Raises
    ------
    ParameterError   the step is longer than the duration, there are too many steps, or the frames fill the memory.
    """
    total = options.duration or duration
    step = options.time_step or min(time_step, total / 20)
    if step > total * (1 + 1e-9):
        raise ParameterError(
            f"A time step of {step:.4g} is longer than the duration, {total:.4g}.", "Shorten the step."
        )
    if total / step > _MOST_STEPS:
        raise ParameterError(
            f"A duration of {total:.4g} takes {total / step:.3g} steps of {step:.3g}; the limit is {_MOST_STEPS:,}.",
            "Take longer steps, or a shorter duration.",
        )
    n_steps = max(1, math.ceil(total / step * (1 - 1e-9)))
    clock = Clock(total, total / n_steps, n_steps, options.save_every or max(1, n_steps // _FRAMES))
    n_bytes = 8 * clock.n_frames * domain.shape.n_vertices * n_functions
    if n_bytes > _MOST_BYTES:
        raise ParameterError(
            f"Keeping {clock.n_frames} frames takes {n_bytes / 2**30:.0f} GiB; the limit is {_MOST_BYTES / 2**30:.0f}.",
            "Keep fewer with save_every.",
        )
    return clock


@dataclass(frozen=True)
class Evolution:
    """One equation in time, ready to march.

    Attributes
    ----------
    step      (state, index of the step from 0) → the state one time step later.
    fields    state → (q,) or (q, c) functions to keep.
    measure   state → figures to keep beside each frame, by name.
    names     c names of the functions.
    stats     figures of the whole run.
    """

    domain: Domain
    clock: Clock
    step: Callable[[Any, int], Any]
    fields: Callable[[Any], np.ndarray]
    measure: Callable[[Any], Mapping[str, float]]
    names: tuple[str, ...] = ("u",)
    stats: Mapping[str, Any] | None = None


def march(evolution: Evolution, state: State, progress: Progress) -> Result[FieldSeries]:
    """Step from `state` to the end of the clock, or until cancelled; what was kept by then comes back either way.

    Raises
    ------
    SolverError   the solution left the range of numbers; its `best` holds the frames before.
    """
    clock, kept = evolution.clock, _Kept(evolution)
    kept.add(0, state)
    started = time.perf_counter()
    done = 0
    for done in range(1, clock.n_steps + 1):
        if not _may_go_on(progress, done - 1, clock):
            done -= 1
            break
        with np.errstate(over="ignore", invalid="ignore"):  # running away is found, and said, when a frame is kept
            state = evolution.step(state, done - 1)
        if clock.keeps(done):
            kept.add(done, state)
    if not clock.keeps(done):
        kept.add(done, state)
    cancelled = done < clock.n_steps
    stats = {
        "n_steps": done,
        "time_step": clock.time_step,
        "step_time_s": (time.perf_counter() - started) / max(done, 1),
        **(evolution.stats or {}),
    }
    verb = "Cancelled at" if cancelled else "Reached"
    sentence = f"{verb} t = {done * clock.time_step:.4g} after {done} steps of {clock.time_step:.4g}."
    status = Status.CANCELLED if cancelled else Status.CONVERGED
    return Result(kept.series(), status, sentence, tuple(kept.history), stats)


class _Kept:
    """The frames and figures kept so far."""

    def __init__(self, evolution: Evolution) -> None:
        self._evolution = evolution
        self._times: list[float] = []
        self._frames: list[np.ndarray] = []
        self.history: list[Mapping[str, float]] = []

    def add(self, step: int, state: Any) -> None:
        values = self._evolution.fields(state)
        now = step * self._evolution.clock.time_step
        if not np.isfinite(values).all():
            raise SolverError(
                f"The solution grew beyond all numbers before t = {now:.4g}.",
                "Take shorter time steps.",
                best=self.series() if self._frames else None,
            )
        self._times.append(now)
        self._frames.append(self._evolution.domain.expand(values))
        self.history.append({"time": now, **self._evolution.measure(state)})

    def series(self) -> FieldSeries:
        return FieldSeries(np.array(self._times), np.array(self._frames), self._evolution.names)


def _may_go_on(progress: Progress, done: int, clock: Clock) -> bool:
    """False once cancelled; reports now and then, since a report may cross to another process."""
    if progress.cancelled:
        return False
    if done % max(1, clock.n_steps // _REPORTS) == 0:
        try:
            progress(done / clock.n_steps, f"step {done} of {clock.n_steps}")
        except Cancelled:
            return False
    return True


def linear_step(
    mass: sp.csr_array,
    operator: sp.csr_array,
    time_step: float,
    held: Held,
    factor: Callable[[sp.csr_array], Solve],
    *,
    scheme: str,
    smooth_start: bool,
) -> Callable[[np.ndarray, int], np.ndarray]:
    """One step of M u' + K u = 0, by one factor of M + θ dt K for all steps.

    Backward Euler (θ = 1)      (M + dt K) u⁺ = M u.
    Crank–Nicolson (θ = 1/2)    (M + dt/2 K) ū = M u and u⁺ = 2ū − u, which is (M + dt/2 K) u⁺ = (M − dt/2 K) u.
    Rannacher start             the same factor makes backward-Euler half-steps: two in place of each of the first two
                                steps. They damp the modes that Crank–Nicolson would let ring, and keep second order.

    Source   Rannacher 1984.
    """
    implicit = 1.0 if scheme == "backward-euler" else 0.5
    solve = held.solver(mass + implicit * time_step * operator, factor)

    def step(u: np.ndarray, index: int) -> np.ndarray:
        new = solve(mass @ u)
        if scheme == "backward-euler":
            return new
        if smooth_start and index < 2:
            return solve(mass @ new)
        return 2 * new - u

    return step


def extent(domain: Domain, u: np.ndarray) -> dict[str, float]:
    """The figures every scalar equation keeps: total ∫u, smallest and largest value."""
    return {"total": float(domain.mass @ u), "minimum": float(u.min()), "maximum": float(u.max())}
