"""The Gray–Scott reaction on a surface: spots and stripes."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.stepping import Evolution, march, set_clock
from geomlearn.operators.fields.discrete.systems import factor_symmetric
from geomlearn.operators.fields.initial import bump
from geomlearn.operators.fields.options import GrayScottOptions
from geomlearn.operators.fields.series import FieldSeries

# Measured on a sphere at the default feed and kill: the mean eigenvalue of the pattern puts stripes 28.5 √Dᵤ apart.
_SPACING_PER_ROOT = 28.5
_SPOTS = 20


def gray_scott(
    domain: Domain, initial: np.ndarray, options: GrayScottOptions | None = None, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """Solve u_t = Dᵤ Δu − u v² + F (1 − u), v_t = Dᵥ Δv + u v² − (F + k) v.

    Diffusion and decay are implicit, the reaction explicit; each function keeps one factor:
    ((1 + dt F) M + dt Dᵤ L) u⁺ = M (u + dt F − dt u v²),
    ((1 + dt (F + k)) M + dt Dᵥ L) v⁺ = M (v + dt u v²).
    With non-negative weights (robust, cloud) and dt v² ≤ 1, u stays in [0, 1] and v stays non-negative.

    Parameters
    ----------
    initial   (q, 2) u and v at time 0, or (q,) spots s in [0, 1] that mean u = 1 − s/2, v = s/4.

    Returns
    -------
    The series of (u, v); its history holds time, total, minimum and maximum of both for each frame.

    Raises
    ------
    ParameterError   times that do not fit, or spots outside [0, 1].
    SolverError      the concentrations grew beyond all numbers (a time step far above 1).

    Use when    spots, stripes and mazes are wanted from noise.
    Avoid when  the mesh is coarser than a spot: the pattern then follows its edges.
    Source      Pearson 1993, Science 261.
    Differs     1. Dᵤ is chosen by the wanted distance between stripes, so that patterns look the same at any scale.
                2. The duration is 3000 and the step 1 when not given.
    """
    options = options or GrayScottOptions()
    progress(0.0, "factoring")
    clock = set_clock(domain, options, 3000.0, 1.0, n_functions=2)
    spacing = stripe_spacing(domain, options)
    diffusion_u = (spacing / _SPACING_PER_ROOT) ** 2
    diffusion_v = diffusion_u / options.diffusion_ratio
    dt, feed, decay = clock.time_step, options.feed, options.feed + options.kill
    mass = sp.csr_array(sp.diags_array(domain.mass))
    solve_u = factor_symmetric((1 + dt * feed) * mass + dt * diffusion_u * domain.stiffness)
    solve_v = factor_symmetric((1 + dt * decay) * mass + dt * diffusion_v * domain.stiffness)

    def step(state: np.ndarray, _: int) -> np.ndarray:
        u, v = state.T
        reacted = dt * u * v**2
        return np.column_stack([solve_u(domain.mass * (u + dt * feed - reacted)), solve_v(domain.mass * (v + reacted))])

    def measure(state: np.ndarray) -> dict[str, float]:
        totals = domain.mass @ state
        low, high = state.min(axis=0), state.max(axis=0)
        return {
            f"{figure}_{name}": float(values[i])
            for i, name in enumerate("uv")
            for figure, values in (("total", totals), ("minimum", low), ("maximum", high))
        }

    stats = {"diffusion_u": diffusion_u, "diffusion_v": diffusion_v, "spacing": spacing}
    evolution = Evolution(domain, clock, step, lambda state: state, measure, names=("u", "v"), stats=stats)
    return march(evolution, _concentrations(initial), progress)


def stripe_spacing(domain: Domain, options: GrayScottOptions) -> float:
    """The distance between stripes that the options ask for, or the finest that looks smooth on this shape."""
    return options.spacing or max(8 * domain.spacing, domain.radius / 4)


def random_spots(domain: Domain, options: GrayScottOptions) -> np.ndarray:
    """(q,) bumps at random places, half as wide as the stripes to come: narrower ones die out."""
    places = np.flatnonzero(domain.unknown >= 0)
    picked = np.random.default_rng(options.seed).choice(places, min(_SPOTS, len(places)), replace=False)
    return bump(domain, tuple(int(vertex) for vertex in picked), stripe_spacing(domain, options) / 2)


def _concentrations(initial: np.ndarray) -> np.ndarray:
    if initial.ndim == 2:
        return initial
    if initial.min() < -1e-9 or initial.max() > 1 + 1e-9:
        raise ParameterError(
            f"The spots of Gray–Scott lie in [0, 1]; these range from {initial.min():.4g} to {initial.max():.4g}.",
            "Scale them, or give u and v themselves as two columns.",
        )
    return np.column_stack([1 - initial / 2, initial / 4])
