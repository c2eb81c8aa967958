"""From the columns a network gives to a spectral basis like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.eigenvalues import (
    increment_eigenvalues,
    paper_eigenvalues,
    rayleigh_eigenvalues,
    ritz_rotation,
)
from geomlearn.spectral.learned_eigenbasis.inputs import Surroundings
from geomlearn.spectral.learned_eigenbasis.options import ProbeOptions, ReadingOptions
from geomlearn.spectral.learned_eigenbasis.probes import diffusion_time, draw_probes
from geomlearn.spectral.learned_eigenbasis.projection import mass_of, ordered_qr, prefix_errors


def to_basis(
    columns: torch.Tensor,
    seen: Surroundings,
    options: ReadingOptions,
    probes: ProbeOptions,
    operator: str,
    metadata: Mapping[str, Any],
) -> Basis:
    """Orthonormalise, read the masses from the first column, estimate eigenvalues, and sort by them.

    Parameters
    ----------
    columns   (n, k) as a network gives them.
    probes    with which the network was trained, for the estimators "increment" and "paper".
    """
    q = ordered_qr(columns.detach().double()).numpy()
    mass = mass_of(torch.from_numpy(q)).numpy() * seen.laplacian.mass.sum()
    evecs = q / np.sqrt(mass)[:, None]
    if options.refine:
        evecs = evecs @ ritz_rotation(evecs, seen.laplacian)
    evals = _eigenvalues(evecs, mass, seen, options, probes)
    order = np.argsort(evals, kind="stable")
    evals, evecs = np.maximum(evals[order], 0.0), evecs[:, order]
    largest = np.abs(evecs).argmax(axis=0)
    evecs = np.ascontiguousarray(evecs * np.sign(evecs[largest, np.arange(evecs.shape[1])]))
    return Basis(evals, evecs, mass, operator, "neumann", dict(metadata))


def rescaled(basis: Basis, length: float, dimension: int) -> Basis:
    """The basis when every length is multiplied by `length`."""
    scale = length**dimension
    return replace(basis, evals=basis.evals / length**2, evecs=basis.evecs / np.sqrt(scale), mass=basis.mass * scale)


def scattered(basis: Basis, twin: np.ndarray) -> Basis:
    """The basis on all points from that on the distinct ones; points that coincide share value and mass."""
    return replace(basis, evecs=basis.evecs[twin], mass=(basis.mass / np.bincount(twin))[twin])


def _eigenvalues(
    evecs: np.ndarray, mass: np.ndarray, seen: Surroundings, options: ReadingOptions, probes: ProbeOptions
) -> np.ndarray:
    if options.eigenvalues == "rayleigh":
        return rayleigh_eigenvalues(evecs, seen.laplacian, mass)
    functions = draw_probes(seen.points, evecs.shape[1], probes)
    q = torch.from_numpy(evecs * np.sqrt(mass)[:, None])
    errors = prefix_errors(q, torch.from_numpy(functions)).numpy()
    if options.eigenvalues == "paper":
        return paper_eigenvalues(errors)
    energy = float((functions**2).sum(axis=0).mean())
    noise = 1.0 if probes.n_probes else 1.0 / len(functions)
    return increment_eigenvalues(
        errors.mean(axis=1), energy, noise, diffusion_time(seen.laplacian.mass, evecs.shape[1], probes)
    )
