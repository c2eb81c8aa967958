"""A learned basis for one shape: optimise a network over many samplings of it, then read it at the given points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree

import geomlearn
from geomlearn.core.devices import pick_device
from geomlearn.core.errors import SizeMismatch, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.coordinate_network import CoordinateNetwork
from geomlearn.spectral.learned_eigenbasis.inputs import checked_points, isolated_note, surroundings, unit_ball
from geomlearn.spectral.learned_eigenbasis.options import FitOptions
from geomlearn.spectral.learned_eigenbasis.probes import draw_probes
from geomlearn.spectral.learned_eigenbasis.projection import (
    COLLAPSE,
    mass_of,
    ordered_qr,
    reconstruction_loss,
    variation,
)
from geomlearn.spectral.learned_eigenbasis.to_basis import rescaled, scattered, to_basis

# Candidates per sampled point among which farthest points are picked.
_CANDIDATES = 6
_LOOK_EVERY = 50


@dataclass(frozen=True, eq=False)
class FittedBasis:
    """A network that holds the basis of one shape, whatever the sampling.

    Attributes
    ----------
    network   on the CPU.
    center, radius   of the unit ball it expects points in.
    options   it was made with.
    notes     sentences about the fit.
    """

    network: CoordinateNetwork
    center: np.ndarray
    radius: float
    options: FitOptions
    notes: tuple[str, ...] = ()

    def basis(self, points: np.ndarray, name: str = "The cloud") -> Basis:
        """The basis at any sampling (n, d) of the shape.

        Raises
        ------
        SizeMismatch, MeshError   as `fit_points`.
        """
        distinct, twin, notes = checked_points(points, self.options.k, name)
        seen = surroundings((distinct - self.center) / self.radius, self.options.dimension, self.options.n_neighbours)
        with torch.no_grad():
            columns = self.network(_tensor(seen.points), _tensor(seen.local))
        metadata = {
            "source": name,
            "method": "learned eigenbasis, fitted",
            "parameters": self.options.model_dump(),
            "version": geomlearn.__version__,
            "notes": [*notes, *isolated_note(seen.laplacian), *self.notes],
        }
        in_ball = to_basis(columns, seen, self.options, self.options, "fitted", metadata)
        return scattered(rescaled(in_ball, self.radius, self.options.dimension), twin)


def fit_shape(
    shape: Shape,
    options: FitOptions = FitOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
    *,
    potential: np.ndarray | None = None,
) -> Result[FittedBasis]:
    """Fit a mesh, from samplings of its faces, or a point cloud, as `fit_points` does; `potential` is per vertex."""
    if shape.is_cloud:
        return fit_points(shape.vertices, options, progress, potential=potential, name=shape.name)
    distinct, twin, _ = checked_points(shape.vertices, options.k, shape.name)

    def sample(index: int, rng: np.random.Generator) -> np.ndarray:
        n = options.n_points
        if index % 4 == 3:
            # Vertices of meshes are not spread evenly: let the network see uneven samplings too.
            return on_faces(shape, n, rng)
        candidates = on_faces(shape, _CANDIDATES * n, rng)
        return candidates[farthest_points(candidates, n, start=int(rng.integers(len(candidates))))]

    return _fit(distinct, sample, options, progress, _of_distinct(potential, twin))


def fit_points(
    points: np.ndarray,
    options: FitOptions = FitOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
    *,
    potential: np.ndarray | None = None,
    name: str = "The cloud",
) -> Result[FittedBasis]:
    """Optimise a network so that prefixes of its columns reconstruct random probes on samplings of the points.

    Parameters
    ----------
    points     (n, d), any d: a cloud, or a table of features with one row per sample.
    options    probes, network and optimisation.
    potential  (n,) for Schrödinger probes.
    progress   reports and cancels; the best so far is then returned with status cancelled.

    Returns
    -------
    FittedBasis; one row of history per 50 steps with `loss` and `variation` of the masses.

    Raises
    ------
    SizeMismatch    fewer distinct points than modes, or no (n, d) array.
    MeshError       numbers that are not finite, or points that all coincide.
    SolverError     the loss is not finite.

    Use when …   the shape is a cloud in any dimension and a function of position is wanted that can be differentiated,
                 or evaluated on other samplings of it.
    Avoid when … only this one surface matters: `eigenbasis` is faster and exact.
    Source   Velich et al. 2026, arXiv 2512.01103.
    Differs  1. Self-tuned probes and plain norms; the published mix of a weighted projection and a plain norm comes
                with the published probes.
             2. Probes grow from orthogonal noise, one per point: the loss is its expectation. Fits were better than
                with 256 random ones, in a comparison that changed other things too.
             3. A fixed pool of samplings, each with its probes, instead of new ones at every step.
    """
    distinct, twin, _ = checked_points(points, options.k, name)

    def sample(index: int, rng: np.random.Generator) -> np.ndarray:
        n = options.n_points
        if len(distinct) <= n:
            return distinct
        if index % 2:
            return distinct[rng.choice(len(distinct), n, replace=False)]
        some = distinct[rng.choice(len(distinct), min(_CANDIDATES * n, len(distinct)), replace=False)]
        return some[farthest_points(some, n, start=int(rng.integers(len(some))))]

    if len(distinct) <= options.n_points:
        options = options.replace(n_samplings=1)
    return _fit(distinct, sample, options, progress, _of_distinct(potential, twin))


def _of_distinct(values: np.ndarray | None, twin: np.ndarray) -> np.ndarray | None:
    """Values of the distinct points, means where several coincide."""
    if values is None:
        return None
    if np.shape(values) != twin.shape:
        raise SizeMismatch(f"A potential of shape {np.shape(values)} meets {len(twin)} points.", "Give one per point.")
    return np.bincount(twin, values) / np.bincount(twin)


Sampler = Callable[[int, np.random.Generator], np.ndarray]


def _fit(
    distinct: np.ndarray, sample: Sampler, options: FitOptions, progress: Progress, potential: np.ndarray | None = None
) -> Result[FittedBasis]:
    center, radius = unit_ball(distinct)
    device = pick_device()
    pool: list[_Sampling] = []
    n_samplings = options.n_samplings
    lookup = None if potential is None else (cKDTree(distinct), potential)
    for index in range(n_samplings):
        if progress.cancelled and pool:
            break
        progress(0.3 * index / n_samplings, f"sampling {index + 1} of {n_samplings}")
        rng = np.random.default_rng([options.seed, index])
        pool.append(_sampling(sample(index, rng), center, radius, options, rng, lookup, device))
    torch.manual_seed(options.seed)
    sizes = (distinct.shape[1], options.k, options.width, options.frequency)
    network = CoordinateNetwork(*sizes, free_mass=options.probes != "self-tuned").to(device)
    status, sentence, history = _optimise(network, pool, options, progress.part(0.3, 1.0))
    notes = _collapse_notes(history)
    return Result(FittedBasis(network.cpu(), center, radius, options, notes), status, sentence, tuple(history))


@dataclass(frozen=True, eq=False)
class _Sampling:
    points: torch.Tensor
    local: torch.Tensor
    probes: torch.Tensor
    variation: float


def _sampling(
    points: np.ndarray,
    center: np.ndarray,
    radius: float,
    options: FitOptions,
    rng: np.random.Generator,
    lookup: tuple[cKDTree, np.ndarray] | None,
    device: torch.device,
) -> _Sampling:
    potential = None if lookup is None else lookup[1][lookup[0].query(points)[1]]
    seen = surroundings((points - center) / radius, options.dimension, options.n_neighbours)
    probes = draw_probes(seen.points, options.k, options, rng, potential)
    at, local, shown = (_tensor(array).to(device) for array in (seen.points, seen.local, probes))
    return _Sampling(at, local, shown, float(variation(torch.from_numpy(seen.laplacian.mass))))


def _optimise(
    network: CoordinateNetwork, pool: list[_Sampling], options: FitOptions, progress: Progress
) -> tuple[Status, str, list[dict[str, float]]]:
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=1e-4, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, total_steps=options.steps + 1, pct_start=0.1
    )
    history: list[dict[str, float]] = []
    losses: list[float] = []
    for step in range(options.steps):
        if progress.cancelled:
            return Status.CANCELLED, f"Stopped by hand after {step} of {options.steps} steps.", history
        cloud = pool[step % len(pool)]
        columns = network(cloud.points, cloud.local)
        # The published probes keep the sampling's density; they need the published mix of weighted projection and
        # plain norm, or the masses collapse. Self-tuned ones are free of it, and a plain projection is the theorem's.
        mass = None if options.probes == "self-tuned" else mass_of(ordered_qr(columns))
        loss = reconstruction_loss(columns, cloud.probes, mass)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if not np.isfinite(losses[-1]):
            raise SolverError(f"The loss became {losses[-1]} at step {step}.", "Lower the learning rate.")
        if (step + 1) % _LOOK_EVERY == 0 or step + 1 == options.steps:
            spread = float(variation(mass_of(ordered_qr(columns.detach())))) / max(cloud.variation, 1.0)
            history.append({"step": step + 1, "loss": float(np.mean(losses)), "variation": spread})
            losses = []
            progress((step + 1) / options.steps, f"step {step + 1} of {options.steps}, loss {history[-1]['loss']:.4g}")
    return Status.LIMIT_REACHED, f"All {options.steps} steps were run.", history


def _collapse_notes(history: list[dict[str, float]]) -> tuple[str, ...]:
    worst = max((row["variation"] for row in history), default=0.0)
    if worst <= COLLAPSE:
        return ()
    return (f"The learned masses collapsed onto few points (variation {worst:.1f}); distrust this basis.",)


def on_faces(shape: Shape, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 3) points at random on the faces, uniform by area."""
    corners = shape.vertices[shape.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    face = rng.choice(len(areas), n, p=areas / areas.sum())
    return np.einsum("ni,nij->nj", rng.dirichlet((1.0, 1.0, 1.0), n), corners[face])


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
