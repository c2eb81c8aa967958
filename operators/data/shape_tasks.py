"""Samples of equations on shapes: a random function, and what the equation makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geomlearn.operators.data.options import ShapesData
from geomlearn.operators.data.samples import ShapeSamples, join
from geomlearn.operators.fields.discrete.domain import Domain, build_domain
from geomlearn.operators.fields.initial import bump
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions
from geomlearn.operators.fields.solve import solve
from geomlearn.shapes.shape import Shape

_RANDOM = {"random-biped": "biped", "random-quadruped": "quadruped"}
# In units of R² or R; long enough to move the field by its own size, short enough to leave something of it.
_DURATIONS = {"heat": 0.05, "wave": 0.6, "advect": 0.6, "allen-cahn": 0.01}


def heat(options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """Heat at the start to heat later."""
    return _solved("heat", options, seeds)


def poisson(options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """Source to potential."""
    return _solved("poisson", options, seeds)


def wave(options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A shape of a wave at rest to the wave later."""
    return _solved("wave", options, seeds)


def advect(options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A substance to where a rotation about the vertical carries it."""
    return _solved("advect", options, seeds)


def allen_cahn(options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    """A mixture to its phases later."""
    return _solved("allen-cahn", options, seeds)


def _solved(equation: str, options: ShapesData, seeds: list[np.random.SeedSequence]) -> ShapeSamples:
    def sample(domain: Domain, rng: np.random.Generator) -> ShapeSamples:
        start = random_function(domain, options, rng, zero_mean=equation == "poisson")
        return sample_on(equation, domain, options, start)

    return on_turning_shapes(options, seeds, sample)


def on_turning_shapes(
    options: ShapesData,
    seeds: list[np.random.SeedSequence],
    sample: Callable[[Domain, np.random.Generator], ShapeSamples],
) -> ShapeSamples:
    """One sample for each seed, on the shape whose turn it is."""
    domains: dict[int, Domain] = {}
    parts = []
    for seed in seeds:
        turn = seed.spawn_key[-1] // options.samples_per_shape
        if turn not in domains:
            domains[turn] = build_domain(shape_of_turn(options, turn, seed))
        parts.append(sample(domains[turn], np.random.default_rng(seed)))
    return join(parts)


def sample_on(equation: str, domain: Domain, options: ShapesData, start: np.ndarray) -> ShapeSamples:
    """One sample of a task: a function (n,) on a shape, and what the equation makes of it."""
    end = solve(equation, domain.shape, _equation_options(equation, domain, options), initial=start).value
    values = (start[:, None],), (end.values[-1].reshape(-1, 1),)
    return ShapeSamples((domain.shape,), np.zeros(1), *values, input_names=("start",), target_names=("solution",))


def shape_of_turn(options: ShapesData, turn: int, seed: np.random.SeedSequence) -> Shape:
    """The shape whose turn it is: a named one, or a random one that every sample of its turn shares."""
    from geomlearn.shapes.builtin.random_creatures import random_creature
    from geomlearn.shapes.load import load_shape

    spec = options.shapes[turn % len(options.shapes)]
    if spec not in _RANDOM:
        return load_shape(spec)
    # The same shape for every sample of its turn, whichever process makes it.
    rng = np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(1, turn)))
    return random_creature(_RANDOM[spec], rng, options.n_vertices).shape.replace(name=f"{spec} {turn}")


def random_function(domain: Domain, options: ShapesData, rng: np.random.Generator, *, zero_mean: bool) -> np.ndarray:
    """(n,) a sum of bumps of random heights in [−1, 1]."""
    vertices = np.flatnonzero(domain.unknown >= 0)
    total = np.zeros(domain.n_unknowns)
    for vertex in rng.choice(vertices, options.n_bumps):
        total += rng.uniform(-1, 1) * bump(domain, (int(vertex),), options.bump_radius * domain.radius)
    if zero_mean:
        total -= (domain.mass @ total) / domain.area
    values = np.zeros(domain.shape.n_vertices)
    values[vertices] = total[domain.unknown[vertices]]
    return values


def _equation_options(equation: str, domain: Domain, options: ShapesData) -> EquationOptions:
    radius = domain.radius
    model: Callable[..., EquationOptions] = EQUATIONS[equation]
    if equation == "poisson":
        return model()
    duration = options.duration or _DURATIONS[equation]
    if equation in ("heat", "allen-cahn"):
        duration *= radius**2
    elif equation == "wave":
        duration *= radius
    steps = 40
    return model(duration=duration, time_step=duration / steps, save_every=steps)
