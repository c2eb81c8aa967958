"""The Allen–Cahn equation on a surface: separation into two phases."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.stepping import Evolution, extent, march, set_clock
from geomlearn.operators.fields.discrete.systems import factor_symmetric
from geomlearn.operators.fields.options import AllenCahnOptions
from geomlearn.operators.fields.series import FieldSeries


def allen_cahn(
    domain: Domain, initial: np.ndarray, options: AllenCahnOptions | None = None, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """Solve u_t = Δu − (u³ − u)/ε² with an implicit diffusion and a stabilised explicit reaction.

    (M/dt + S M + L) u⁺ = M (u/dt + S u − (u³ − u)/ε²). With S = 2/ε² the energy
    E = uᵀL u/2 + Σ m (u² − 1)²/(4ε²) never grows, for any dt, and values in [−1, 1] stay there (with the robust or
    cloud Laplacian, whose weights are non-negative). Initial values beyond ±1 raise S so that this stays true.

    Parameters
    ----------
    initial   (q,) u at time 0.

    Returns
    -------
    The series; its history holds time, total, minimum, maximum and `energy` E of each frame.

    Raises
    ------
    ParameterError   times that do not fit, or initial values so large that (3u² − 1)/ε² is no number.
    SolverError      the matrix is not positive definite.

    Use when    two phases separate and their borders shorten.
    Avoid when  the speed of the borders matters and dt is not well below ε²: the stabiliser slows them by 1 + S dt.
    Source      Shen & Yang 2010 (stabilised semi-implicit schemes).
    Differs     When not given, the duration is the larger of R²/10 and 25ε², the step ε²/4, R the radius of the
                sphere of equal area.
    """
    options = options or AllenCahnOptions()
    progress(0.0, "factoring")
    epsilon = options.epsilon or max(2 * domain.spacing, domain.radius / 20)
    clock = set_clock(domain, options, max(domain.radius**2 / 10, 25 * epsilon**2), epsilon**2 / 4)
    dt, mass, rate = clock.time_step, domain.mass, 1 / epsilon**2
    largest = float(np.abs(initial).max())
    if largest > 1e6:
        raise ParameterError(f"Initial values reach {largest:.3g}; the phases are at −1 and 1.", "Scale them down.")
    stabiliser = max(2.0, 3 * largest**2 - 1) * rate
    solve = factor_symmetric(sp.csr_array(sp.diags_array(mass * (1 / dt + stabiliser)) + domain.stiffness))

    def step(u: np.ndarray, _: int) -> np.ndarray:
        return solve(mass * ((1 / dt + stabiliser) * u - rate * (u**3 - u)))

    def measure(u: np.ndarray) -> dict[str, float]:
        energy = u @ (domain.stiffness @ u) / 2 + rate / 4 * (mass @ (u**2 - 1) ** 2)
        return {**extent(domain, u), "energy": float(energy)}

    stats = {"epsilon": epsilon, "vertices_across_border": epsilon / domain.spacing}
    return march(Evolution(domain, clock, step, lambda u: u, measure, stats=stats), initial, progress)


def random_phases(domain: Domain, seed: int) -> np.ndarray:
    """(q,) independent values in ±0.1, from which phases separate."""
    return np.random.default_rng(seed).uniform(-0.1, 0.1, domain.n_unknowns)
