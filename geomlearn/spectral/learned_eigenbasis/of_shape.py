"""Learned bases, probes, and the bases that probes induce, straight from a shape."""

from __future__ import annotations

import numpy as np
import torch

import geomlearn
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.amortised.model import load_eigenbasis_model
from geomlearn.spectral.learned_eigenbasis.fit import fit_shape
from geomlearn.spectral.learned_eigenbasis.inputs import checked_points, isolated_note, surroundings, unit_ball
from geomlearn.spectral.learned_eigenbasis.options import (
    BasisModelOptions,
    FitOptions,
    LearnedOptions,
    ProbeOptions,
    ReadingOptions,
)
from geomlearn.spectral.learned_eigenbasis.probes import draw_probes
from geomlearn.spectral.learned_eigenbasis.to_basis import rescaled, scattered, to_basis

# Up to as many vertices the probes of an induced basis are all of them, one per vertex; beyond, as many at random.
_MOST_PROBES = 1500


def learned_basis(
    shape: Shape,
    options: LearnedOptions = LearnedOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
) -> Basis:
    """The learned basis of a mesh or cloud at its vertices, from the shipped network or one fitted to it.

    Cancelling a fit hands over what it had learned by then.

    Raises
    ------
    GeomError   as `EigenbasisModel.basis` and `fit_shape`; asking the shipped network for too many modes.
    """
    if options.network == "fit":
        fields = FitOptions.model_fields
        result = fit_shape(shape, FitOptions(**{name: getattr(options, name) for name in fields}), progress)
        return result.value.basis(shape.vertices, shape.name)
    progress(0.0, "looking around every point")
    reading = {name: getattr(options, name) for name in ReadingOptions.model_fields}
    asked = BasisModelOptions(k=options.k, **reading)
    return load_eigenbasis_model().basis(shape.vertices, asked, shape.name)


def sample_probes(
    shape: Shape,
    options: ProbeOptions,
    n: int = 8,
    k: int = 40,
    seed: int = 0,
    potential: np.ndarray | None = None,
) -> np.ndarray:
    """(n, n_vertices) probe functions of a family on the vertices of a shape, one per row, each of unit deviation.

    Raises
    ------
    GeomError   as `draw_probes`.
    """
    _, twin, functions = _probes(shape, options.replace(n_probes=n), k, seed, potential)
    functions = functions - functions.mean(axis=0)
    return (functions / np.maximum(functions.std(axis=0), 1e-12))[twin].T


def induced_basis(
    shape: Shape,
    options: ProbeOptions,
    k: int = 20,
    seed: int = 0,
    potential: np.ndarray | None = None,
) -> Basis:
    """The basis that reconstructs the probes of a family best, in closed form: what a network would converge to.

    The left singular vectors of the probes on the vertices, of all up to 1 500; masses are the squares of the first,
    and eigenvalues Rayleigh quotients with the self-tuned Laplacian.

    Raises
    ------
    GeomError   as `draw_probes`; or there are no more vertices than modes.
    """
    many = options.replace(n_probes=0 if shape.n_vertices <= _MOST_PROBES else _MOST_PROBES)
    points, twin, functions = _probes(shape, many, k, seed, potential)
    q = np.linalg.svd(functions, full_matrices=False)[0][:, :k]
    # A first vector of both signs has zeros between them, where nothing could be divided by it.
    floor = 1e-3 / np.sqrt(len(q))
    q[:, 0] = np.where(np.abs(q[:, 0]) < floor, floor, q[:, 0])
    center, radius = unit_ball(points)
    seen = surroundings((points - center) / radius, options.dimension, options.n_neighbours)
    metadata = {
        "source": shape.name,
        "method": f"induced by {options.probes} probes",
        "parameters": options.model_dump(),
        "version": geomlearn.__version__,
        "notes": isolated_note(seen.laplacian),
    }
    made = to_basis(torch.from_numpy(q), seen, ReadingOptions(), many, options.probes, metadata)
    return scattered(rescaled(made, radius, options.dimension), twin)


def _probes(
    shape: Shape, options: ProbeOptions, k: int, seed: int, potential: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points, twin, _ = checked_points(shape.vertices, k, shape.name)
    if potential is not None:
        potential = np.bincount(twin, potential) / np.bincount(twin)
    center, radius = unit_ball(points)
    return points, twin, draw_probes((points - center) / radius, k, options, seed, potential)
