"""Series of equations on shapes: a random start, and the frames that follow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from geomlearn.operators.data.options import SeriesData
from geomlearn.operators.data.samples import ShapeSamples
from geomlearn.operators.data.shape_tasks import on_turning_shapes, random_function
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions
from geomlearn.operators.fields.solve import solve

# Time between frames in units of R² for diffusion, R for waves and for flows of speed up to 1; solver steps in it.
_PACES = {"heat": (0.01, 2), "wave": (0.1, 4), "advect": (0.05, 4), "allen-cahn": (0.01, 2)}
# Beside a speed of 1: small enough to be transport, large enough that some dozen modes hold the field.
_DIFFUSIVITY = 0.01
# Width of the borders between phases in units of R, wide enough for meshes of some hundred vertices.
_EPSILON = 0.3


def heat(options: SeriesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """Heat that spreads."""
    return _solved("heat", options, seeds)


def wave(options: SeriesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A wave let go from rest."""
    return _solved("wave", options, seeds)


def advect(options: SeriesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A substance carried along the level lines of the height, as by a rotation on a sphere."""
    return _solved("advect", options, seeds)


def allen_cahn(options: SeriesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A mixture that separates into two phases."""
    return _solved("allen-cahn", options, seeds)


def _solved(equation: str, options: SeriesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    def sample(domain: Domain, rng: np.random.Generator) -> ShapeSamples:
        start = random_function(domain, options, rng, zero_mean=False)
        series = solve(equation, domain.shape, _equation_options(equation, domain, options), initial=start).value
        frames = series.values.T
        names = tuple(f"t{i}" for i in range(1, frames.shape[1]))
        values = (frames[:, :1],), (frames[:, 1:],)
        return ShapeSamples((domain.shape,), np.zeros(1), *values, input_names=("t0",), target_names=names)

    return on_turning_shapes(options, seeds, sample)


def _equation_options(equation: str, domain: Domain, options: SeriesData) -> EquationOptions:
    pace, steps = _PACES[equation]
    pace = options.pace or pace
    radius = domain.radius
    unit = radius if equation in ("wave", "advect") else radius**2
    step = pace * unit / steps
    own: dict[str, dict[str, Any]] = {
        "allen-cahn": {"epsilon": _EPSILON * radius},
        "advect": {"velocity": "stream", "velocity_expression": "z", "diffusivity": _DIFFUSIVITY * radius},
    }
    model: Callable[..., EquationOptions] = EQUATIONS[equation]
    duration = pace * unit * (options.frames - 1)
    return model(duration=duration, time_step=step, save_every=steps, **own.get(equation, {}))


def pace_of(task: str, options: dict[str, Any]) -> float:
    """Time between the frames of samples of a task, in the task's own unit; `options` as their metadata keep them."""
    return options.get("pace") or _PACES[task.removesuffix("-series")][0]
