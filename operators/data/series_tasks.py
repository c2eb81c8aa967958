"""Series of equations on shapes: a random start, and the frames that follow it."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.operators.data.options import SeriesData
from geomlearn.operators.data.samples import ShapeSamples, join
from geomlearn.operators.data.shape_tasks import random_function, shape_of_turn
from geomlearn.operators.fields.discrete.domain import Domain, build_domain
from geomlearn.operators.fields.options import EQUATIONS
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
    parts: list[ShapeSamples] = []
    domains: dict[int, Domain] = {}
    for seed in seeds:
        turn = seed.spawn_key[-1] // options.samples_per_shape
        if turn not in domains:
            domains[turn] = build_domain(shape_of_turn(options, turn, seed))
        domain = domains[turn]
        start = random_function(domain, options, np.random.default_rng(seed), zero_mean=False)
        series = solve(equation, domain.shape, _equation_options(equation, domain, options), initial=start).value
        frames = series.values.T
        names = tuple(f"t{i}" for i in range(1, frames.shape[1]))
        values = (frames[:, :1],), (frames[:, 1:],)
        parts.append(ShapeSamples((domain.shape,), np.zeros(1), *values, input_names=("t0",), target_names=names))
    return join(parts)


def _equation_options(equation: str, domain: Domain, options: SeriesData) -> Any:
    pace, steps = _PACES[equation]
    pace = options.pace or pace
    radius = domain.radius
    unit = radius if equation in ("wave", "advect") else radius**2
    step = pace * unit / steps
    more = {
        "allen-cahn": {"epsilon": _EPSILON * radius},
        "advect": {"velocity": "stream", "velocity_expression": "z", "diffusivity": _DIFFUSIVITY * radius},
    }.get(equation, {})
    duration = pace * unit * (options.frames - 1)
    return EQUATIONS[equation](duration=duration, time_step=step, save_every=steps, **more)


def pace_of(task: str, options: dict[str, Any]) -> float:
    """Time between the frames of samples of a task, in the task's own unit; `options` as their metadata keep them."""
    return options.get("pace") or _PACES[task.removesuffix("-series")][0]
