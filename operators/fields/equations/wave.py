"""The wave equation on a surface."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.stepping import Evolution, extent, march, set_clock
from geomlearn.operators.fields.discrete.systems import factor_symmetric, hold_rim
from geomlearn.operators.fields.expression import evaluate
from geomlearn.operators.fields.options import WaveOptions
from geomlearn.operators.fields.series import FieldSeries

State = tuple[np.ndarray, np.ndarray]


def wave(
    domain: Domain, initial: np.ndarray, options: WaveOptions | None = None, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """Solve u_tt = c² Δu, that is M u'' + c² L u = 0, by Newmark's method with β = 1/4, γ = 1/2.

    With v = u' the mean velocity v̄ of a step solves (M + dt²c²/4 L) v̄ = M v − dt c²/2 L u, and then
    u⁺ = u + dt v̄, v⁺ = 2v̄ − v. The energy E = (vᵀM v + c² uᵀL u)/2 is kept exactly, for any dt.

    Parameters
    ----------
    initial   (q,) u at time 0; the initial velocity is `options.velocity_expression`.

    Returns
    -------
    The series of u; its history holds time, total, minimum, maximum and `energy` E of each frame.

    Raises
    ------
    ParameterError   times that do not fit, an unusable formula, or a rim to hold where there is none.
    SolverError      the matrix is not positive definite.

    Use when    pulses travel and return, and energy is to be kept over long times.
    Avoid when  waves shorter than a few edges matter: they lag behind, whatever the step.
    Source      Newmark 1959.
    Differs     1. Written for the mean velocity instead of the acceleration: for a linear system the same numbers, one
                solve a step, no accelerations to start.
                2. When not given, the duration is 2πR/c and the step a 400th of it, R the radius of the sphere of equal
                   area.
    """
    options = options or WaveOptions()
    progress(0.0, "factoring")
    duration = 2 * np.pi * domain.radius / options.speed
    clock = set_clock(domain, options, duration, duration / 400)
    held = hold_rim(domain, options.boundary, options.boundary_values)
    dt, mass, tension = clock.time_step, domain.mass, options.speed**2 * domain.stiffness
    solve = held.at_rest().solver(sp.csr_array(sp.diags_array(mass) + dt**2 / 4 * tension), factor_symmetric)

    def step(state: State, _: int) -> State:
        u, v = state
        mean_velocity = solve(mass * v - dt / 2 * (tension @ u))
        return u + dt * mean_velocity, 2 * mean_velocity - v

    def measure(state: State) -> dict[str, float]:
        u, v = state
        return {**extent(domain, u), "energy": float(v @ (mass * v) + u @ (tension @ u)) / 2}

    velocity = held.at_rest().apply(evaluate(options.velocity_expression, domain.points))
    return march(
        Evolution(domain, clock, step, lambda state: state[0], measure), (held.apply(initial), velocity), progress
    )
