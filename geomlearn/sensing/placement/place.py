"""Sensors placed: a law, the demands of a person, and what the set promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sensing.mode_space import ModeSpace
from geomlearn.sensing.placement.constraints import Constraints, Places
from geomlearn.sensing.placement.laws import chooser, law_weights
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.stability import Stability, greedy_reduction, stability


@dataclass(frozen=True, eq=False)
class Sensors:
    """Places with weights, and what they promise.

    Attributes
    ----------
    vertices   (n,) indices of points, in the order chosen; twice the same only when repeats were allowed.
    weights    (n,) of the least squares that rebuilds a field.
    stability  λ_min, condition and expected error.
    n_draws    how many sets were drawn.
    stable     whether λ_min ≥ 1 − delta.
    """

    vertices: np.ndarray
    weights: np.ndarray
    stability: Stability
    n_draws: int
    stable: bool


def place(
    space: ModeSpace,
    points: np.ndarray,
    options: PlacementOptions = PlacementOptions(),  # noqa: B008 (frozen)
    constraints: Constraints = Constraints(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Sensors:
    """Choose where to measure so that the modes of a field can be told from the measurements.

    Parameters
    ----------
    space        the modes; their number is m.
    points       (n_points, d) coordinates, for farthest points.
    options      how many, law, stabilisation, seed.
    constraints  places required, forbidden, counted in regions, apart, with costs.
    progress     reports and cancels.

    Returns
    -------
    Sensors. Under costs and where places are forbidden, the law and its weights are those of the space made orthonormal
    over the places allowed, weighed by how welcome they are; the promise is for the whole shape.

    Raises
    ------
    ParameterError   fewer sensors than modes, or demands that no set met in `redraws` draws.
    SizeMismatch     an array belongs to another number of points.

    Use when …   a field is smooth on the shape, or like training fields, and sensors are few.
    Avoid when … it is sharply localised: few modes cannot hold it, wherever it is measured.
    Source   Nouy & Michel 2023, arXiv 2312.14057.
    Differs  1. Required places condition the first DPP: it repels from them. 2. A place is drawn once, unless
                `repeats`. 3. Places after n = m of one DPP, when r = n/m is no whole number, are part of another DPP.
    """
    _check_numbers(space, options)
    constraints.check(space.n_points, options.n, repeats=options.repeats)
    factor = constraints.factor(space.n_points, options.cost_weight)
    lawful = space if (factor == 1).all() else space.under(factor)
    weights = law_weights(options.law, lawful)
    rng = np.random.default_rng(options.seed)
    best, failure, n_draws = None, None, 0
    for n_draws in range(1, options.redraws + 1):
        progress((n_draws - 1) / options.redraws, "drawing")
        try:
            vertices = _one_set(lawful, points, options, constraints, factor, rng)
        except _NoPlaceLeft as reached:
            failure = max(failure or 0, reached.n_placed)
            continue
        vertices = _reduced(vertices, space, weights, options, constraints)
        found = Sensors(vertices, weights[vertices], stability(space.functions[vertices], weights[vertices]), 0, False)
        best = max(best, found, key=lambda one: one.stability.lambda_min) if best is not None else found
        if options.stabilize != "redraw" or best.stability.lambda_min >= 1 - options.delta:
            break
    if best is None:
        raise ParameterError(
            f"No more than {failure} of {options.n} sensors fit these demands, in {n_draws} draws.",
            "Ask for fewer, or lower the distance, or allow more places.",
        )
    stable = best.stability.lambda_min >= 1 - options.delta
    return Sensors(best.vertices, best.weights, best.stability, n_draws, stable)


class _NoPlaceLeft(Exception):
    """A draw ran out of places."""

    def __init__(self, n_placed: int) -> None:
        super().__init__()
        self.n_placed = n_placed


def _check_numbers(space: ModeSpace, options: PlacementOptions) -> None:
    if options.n < space.n_modes:
        raise ParameterError(
            f"{options.n} sensors cannot determine {space.n_modes} modes.",
            f"Place at least {space.n_modes}, or ask for k ≤ {options.n} modes.",
        )
    if options.law == "dpp" and options.n != space.n_modes:
        raise ParameterError(
            f"One DPP of {space.n_modes} modes has {space.n_modes} points, not {options.n}.",
            "Use rdpp or vol for more sensors than modes.",
        )


def _one_set(space, points, options, constraints, factor, rng) -> np.ndarray:
    drawn = chooser(options.law, space, points, factor)
    places = Places(constraints, factor, distance=options.distance, repeats=options.repeats)

    def take(point: int | None) -> None:
        if point is None:
            raise _NoPlaceLeft(len(places.taken))
        drawn.add(point)
        places.take(point)

    for point in constraints.required:
        take(point)
    for region in constraints.regions:
        while region.exactly and places.missing(region) > 0:
            take(drawn.next(places.available & region.inside, rng))
    total = 2 * options.n if options.stabilize == "reduce" else options.n
    while len(places.taken) < total:
        if total > options.n and not places.available.any() and len(places.taken) >= options.n:
            break
        take(drawn.next(places.available, rng))
    return np.array(places.taken, np.int64)


def _reduced(vertices, space, weights, options, constraints) -> np.ndarray:
    if options.stabilize != "reduce":
        return vertices
    locked = np.isin(vertices, constraints.required)
    for region in constraints.regions:
        locked |= region.exactly & region.inside[vertices]
    kept = greedy_reduction(space.functions[vertices], weights[vertices], keep=options.n, locked=locked)
    return vertices[kept]
