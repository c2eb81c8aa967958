"""Forecasts by a linear read-out of frozen state-space memories: nothing is trained, all is seen.

Each coefficient of a field drives a memory x' = A x + B a of its own; one read-out C for all modes is fitted in closed
form to tell the coefficient some frames later. What a disturbance does to the forecast is then what A and B do to it.
"""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.frozen.options import MEMORIES, DisturbanceOptions, Disturbed, Memory
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.rollout.series_set import BasisOf, laplace_basis, series_of_field
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, normal_part
from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize
from geomlearn.shapes.shape import Shape

# Ridge of the read-out, beside the mean square of the states.
_RIDGE = 1e-6


def disturb_field(
    series: FieldSeries,
    shape: Shape,
    options: DisturbanceOptions | None = None,
    progress: Progress = SILENT,
    *,
    basis_of: BasisOf = laplace_basis,
) -> Disturbed:
    """Paint a tone on a field and forecast it by the memories of HiPPO, S4D and S4-PTD.

    The read-outs are fitted to the first half of the clean frames. A frame lasts so long in the time of the memories
    that S4D's top frequency ω* is 2.4 radians per frame.

    Raises
    ------
    ParameterError   fewer than 2 · (ahead + 4) frames, a vertex that is not there, frames not evenly spaced.

    Source   the frozen systems of Yu et al. 2023, arXiv 2310.01698, with the read-out in closed form.
    """
    options = options or DisturbanceOptions()
    if series.n_frames < 2 * (options.ahead + 4):
        raise ParameterError(
            f"{series.n_frames} frames are too few to fit a forecast {options.ahead} ahead.", "Save more frames."
        )
    if options.vertex >= shape.n_vertices:
        raise ParameterError(f"{shape.name} has no vertex {options.vertex}.", "Click on the shape to choose one.")
    progress(0.0, "basis")
    data = series_of_field(series, shape, options.modes, basis_of=basis_of)
    frame, a = data.frames[0], data.coefficients[0]
    lam = diagonalize_normal(options.n)[0].imag.max()
    step = 2.4 / lam
    omega = 2.4 * options.frequency
    distance = np.linalg.norm(shape.vertices - shape.vertices[options.vertex], axis=1) / frame.radius
    pattern = frame.project(np.exp(-((distance / options.radius_rel) ** 2))[None])[0]
    size = np.sqrt((a**2).sum(1).mean()) * options.amplitude / np.linalg.norm(pattern)
    tone = size * pattern * np.cos(omega * np.arange(len(a)))[:, None]
    forecasts: dict[str, np.ndarray] = {}
    clean: dict[str, np.ndarray] = {}
    disturbed: dict[str, np.ndarray] = {}
    truth = a[options.ahead :]
    for index, memory in enumerate(MEMORIES):
        progress(index / 3, memory)
        states = [_states(memory, options, step, values) for values in (a, a + tone)]
        readout = _fit(states[0], a, options.ahead)
        made = [(one @ readout)[: -options.ahead] for one in states]
        clean[memory], disturbed[memory] = (_relative(one, truth) for one in made)
        forecasts[memory] = made[1] @ frame.modes.T
    times = series.times[options.ahead : len(a)]
    painted = (a + tone)[: -options.ahead] @ frame.modes.T
    return Disturbed(times, truth @ frame.modes.T, painted, forecasts, clean, disturbed, float(omega))


def _system(memory: Memory, options: DisturbanceOptions) -> tuple[np.ndarray, np.ndarray]:
    a, b = hippo_legs(options.n)
    if memory == "s4d":
        return normal_part(options.n)[0], b / 2
    if memory == "hippo":
        return a, b
    found = perturb_then_diagonalize(PTDOptions(n=options.n, gamma=options.gamma)).value
    return a + np.real(found.perturbation), b


def _states(memory: Memory, options: DisturbanceOptions, step: float, values: np.ndarray) -> np.ndarray:
    """(t, k, n) states after each frame."""
    from scipy.linalg import expm

    a, b = _system(memory, options)
    n = len(a)
    held = np.zeros((n + 1, n + 1))
    held[:n, :n], held[:n, n] = a * step, b * step
    propagator = expm(held)
    # Where a series starts there is no jump from nothing: the memory has seen its first frame for long.
    state = np.linalg.solve(-a, b)[None] * values[0][:, None]
    states = []
    for frame in values:
        state = state @ propagator[:n, :n].T + frame[:, None] * propagator[:n, n]
        states.append(state)
    return np.stack(states)


def _fit(states: np.ndarray, values: np.ndarray, ahead: int) -> np.ndarray:
    """(n,) read-out that tells a mode's value some frames later, from the first half of the frames."""
    half = len(values) // 2
    x = states[: half - ahead].reshape(-1, states.shape[2])
    y = values[ahead:half].ravel()
    gram = x.T @ x
    return np.linalg.solve(gram + _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram)), x.T @ y)


def _relative(made: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.linalg.norm(made - truth, axis=1) / np.maximum(np.linalg.norm(truth, axis=1), 1e-300)
