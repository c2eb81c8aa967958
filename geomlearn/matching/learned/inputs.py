"""What the feature network reads at each point: spectral signatures and coordinates."""

from __future__ import annotations

import numpy as np

from geomlearn.matching.sampled_surface import SampledSurface
from geomlearn.spectral.basis import Basis

# Energies (logarithms of eigenvalues at unit area) and times are fixed, so that values mean the same on every shape.
ENERGIES = np.linspace(np.log(4.0), np.log(1000.0), 32)
BANDWIDTH = 0.4
TIMES = np.geomspace(2e-3, 0.5, 16)
N_SIGNATURES, N_COORDINATES = len(ENERGIES) + len(TIMES), 6
N_INPUTS = N_SIGNATURES + N_COORDINATES
# Coordinates at unit area spread about .3; networks like one.
STRETCH = 3.0
SMALLEST = 1e-6


def signatures(basis: Basis, rows: np.ndarray) -> np.ndarray:
    """(s, 48) logarithms of wave and heat kernel signatures at some rows of a basis at unit area.

    Source   Aubry, Schlickewei & Cremers 2011, The Wave Kernel Signature; Sun, Ovsjanikov & Guibas 2009.
    """
    above = basis.evals > 1e-6 * max(float(basis.evals[-1]), SMALLEST)
    evals, squares = basis.evals[above], basis.evecs[rows][:, above] ** 2
    waves = np.exp(-((ENERGIES[:, None] - np.log(evals)) ** 2) / (2 * BANDWIDTH**2))
    heats = np.exp(-TIMES[:, None] * evals)
    weights = np.concatenate([waves, heats])
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return np.log(np.maximum(squares @ weights.T, SMALLEST)).clip(-4, 4).astype(np.float32)


def coordinates(surface: SampledSurface, rotation: np.ndarray) -> np.ndarray:
    """(s, 6) points and normals turned by a rotation (3, 3)."""
    turned = [STRETCH * surface.points @ rotation.T, surface.normals @ rotation.T]
    return np.concatenate(turned, axis=1).astype(np.float32)


def rotations(count: int) -> np.ndarray:
    """(count, 3, 3) turns, the same every time, spread over all of them."""
    rng = np.random.default_rng(0)
    quaternions = rng.standard_normal((count, 4))
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)
