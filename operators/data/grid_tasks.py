"""One sample at a time of the tasks on grids and in the plane."""

from __future__ import annotations

import numpy as np

from geomlearn.core.extras import require
from geomlearn.operators.data.options import BurgersData, DarcyData, ElasticityData, NavierStokesData, PipeData
from geomlearn.operators.data.samples import Samples


def darcy(options: DarcyData, seeds: list[np.random.SeedSequence]) -> Samples:
    """Permeability a to pressure u."""
    from geomlearn.operators.fields.grids.darcy import solve_darcy
    from geomlearn.operators.fields.grids.random_fields import thresholded_field

    keep = (slice(None, None, options.stride),) * 2
    pairs = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        coefficient = thresholded_field(options.resolution, rng, low=options.low, high=options.high)
        pairs.append((coefficient[keep], solve_darcy(coefficient)[keep]))
    inputs, targets = (np.stack(side)[..., None] for side in zip(*pairs, strict=True))
    return Samples(inputs, targets, input_names=("permeability",), target_names=("pressure",))


def burgers(options: BurgersData, seeds: list[np.random.SeedSequence]) -> Samples:
    """Velocity to velocity later."""
    from geomlearn.operators.fields.grids.burgers import solve_burgers
    from geomlearn.operators.fields.grids.random_fields import periodic_line

    stride = options.solver_resolution // options.resolution
    starts = [periodic_line(options.solver_resolution, np.random.default_rng(seed)) for seed in seeds]
    ends = [solve_burgers(start, viscosity=options.viscosity, duration=options.duration) for start in starts]
    inputs, targets = (np.stack(side)[:, ::stride, None] for side in (starts, ends))
    return Samples(inputs, targets, input_names=("velocity",), target_names=("velocity later",))


def navier_stokes(options: NavierStokesData, seeds: list[np.random.SeedSequence]) -> Samples:
    """Vorticity at some times to the times after."""
    from geomlearn.operators.fields.grids.navier_stokes import published_forcing, solve_vorticity
    from geomlearn.operators.fields.grids.random_fields import periodic_field

    n = options.resolution
    times = options.spacing * np.arange(1, options.n_in + options.n_out + 1)
    forcing = published_forcing(n)
    frames = np.stack(
        [
            solve_vorticity(
                periodic_field(n, np.random.default_rng(seed)),
                times,
                viscosity=options.viscosity,
                forcing=forcing,
                dt=options.dt,
            )
            for seed in seeds
        ]
    )
    names = tuple(f"w({time:g})" for time in times)
    at = options.n_in
    return Samples(frames[..., :at], frames[..., at:], input_names=names[:at], target_names=names[at:])


def elasticity(options: ElasticityData, seeds: list[np.random.SeedSequence]) -> Samples:
    """Points around a hole, or a mask of the material, to von Mises stress."""
    require("skfem", "fem")
    from geomlearn.operators.fields.grids.elasticity import random_hole, solve_hole

    angles = 2 * np.pi * np.arange(options.around) / options.around
    holes = np.stack([random_hole(np.random.default_rng(seed), angles) for seed in seeds])
    solved = [solve_hole(radii, options.layers) for radii in holes]
    if options.layout == "points":
        points = np.stack([one.nodes.reshape(-1, 2) for one in solved])
        stress = np.stack([one.stress.reshape(-1, 1) for one in solved])
        return Samples(points, stress, points, input_names=("x", "y"), target_names=("stress",))
    on_grid = [_stress_on_grid(one.nodes, one.stress, radii, options) for one, radii in zip(solved, holes, strict=True)]
    stress, mask = (np.stack(side) for side in zip(*on_grid, strict=True))
    inputs = mask[..., None].astype(np.float32)
    return Samples(inputs, stress[..., None], mask=mask, input_names=("material",), target_names=("stress",))


def _stress_on_grid(
    nodes: np.ndarray, stress: np.ndarray, radii: np.ndarray, options: ElasticityData
) -> tuple[np.ndarray, np.ndarray]:
    """Stress (n, n) interpolated to a grid of the square, zero in the hole, and where there is material."""
    from scipy.interpolate import LinearNDInterpolator

    at = np.linspace(0, 1, options.resolution)
    x, y = np.meshgrid(at, at, indexing="ij")
    angle = np.arctan2(y - 0.5, x - 0.5) % (2 * np.pi)
    rim = np.interp(angle, 2 * np.pi * np.arange(len(radii) + 1) / len(radii), np.append(radii, radii[0]))
    mask = np.hypot(x - 0.5, y - 0.5) >= rim
    interpolate = LinearNDInterpolator(nodes.reshape(-1, 2), stress.ravel())
    # Rounding can put points of the rim just outside the hull of the nodes.
    inside = interpolate(np.clip(x, 1e-9, 1 - 1e-9), np.clip(y, 1e-9, 1 - 1e-9))
    return np.where(mask, inside, 0.0), mask


def pipe(options: PipeData, seeds: list[np.random.SeedSequence]) -> Samples:
    """Where the nodes of a pipe lie to the speed along it."""
    require("skfem", "fem")
    from geomlearn.operators.fields.grids.pipe import random_pipe, solve_pipe

    flows = [solve_pipe(random_pipe(np.random.default_rng(seed)), options.along, options.across) for seed in seeds]
    inputs, targets = np.stack([flow.nodes for flow in flows]), np.stack([flow.u for flow in flows])[..., None]
    return Samples(inputs, targets, input_names=("x", "y"), target_names=("u_x",))
