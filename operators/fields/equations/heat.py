"""The heat equation on a surface."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.stepping import Evolution, extent, linear_step, march, set_clock
from geomlearn.operators.fields.discrete.systems import factor_symmetric, hold_rim
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.operators.fields.series import FieldSeries


def heat(
    domain: Domain, initial: np.ndarray, options: HeatOptions | None = None, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """Solve u_t = D Δu, that is M u' + D L u = 0.

    Backward Euler     (M + dt D L) u⁺ = M u: first order, and with non-negative weights (robust, cloud) no value ever
                       leaves the range of the initial ones.
    Crank–Nicolson     second order in dt; begins with backward-Euler half-steps unless `smooth_start` is off.

    Parameters
    ----------
    initial   (q,) u at time 0.

    Returns
    -------
    The series; its history holds time, total, minimum, maximum and `energy` ∫u²/2 of each frame.

    Raises
    ------
    ParameterError   times that do not fit, or a rim to hold where there is none.
    SolverError      the matrix is not positive definite.

    Use when    a field spreads and evens out; with Crank–Nicolson where the start is smooth and time matters.
    Avoid when  fronts should stay sharp or travel: see advect and wave.
    Source      Crank & Nicolson 1947; Rannacher 1984.
    Differs     When not given, the duration is R²/4D and the step a hundredth of it, R the radius of the sphere of
                equal area.
    """
    options = options or HeatOptions()
    progress(0.0, "factoring")
    duration = domain.radius**2 / (4 * options.diffusivity)
    clock = set_clock(domain, options, duration, duration / 100)
    held = hold_rim(domain, options.boundary, options.boundary_values)
    mass = sp.csr_array(sp.diags_array(domain.mass))
    step = linear_step(
        mass,
        options.diffusivity * domain.stiffness,
        clock.time_step,
        held,
        factor_symmetric,
        scheme=options.scheme,
        smooth_start=options.smooth_start,
    )

    def measure(u: np.ndarray) -> dict[str, float]:
        return {**extent(domain, u), "energy": float(domain.mass @ u**2) / 2}

    return march(Evolution(domain, clock, step, lambda u: u, measure), held.apply(initial), progress)
