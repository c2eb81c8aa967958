"""Which frequencies an answer gets wrong."""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn

from geomlearn.shapes.shape import Shape

_MODES = 100


def grid_spectrum(field: np.ndarray) -> np.ndarray:
    """(f,) energy of a field (*grid, c) at each whole wave number |k|, rounded; they add up to the sum of squares.

    Cosine waves are taken, since fields on a box are seldom periodic.
    """
    axes = tuple(range(field.ndim - 1))
    energy = (dctn(field.astype(float), axes=axes, norm="ortho") ** 2).sum(-1)
    waves = np.meshgrid(*(np.arange(n) for n in energy.shape), indexing="ij")
    length = np.rint(np.sqrt(sum(wave.astype(float) ** 2 for wave in waves))).astype(int)
    return np.bincount(length.ravel(), energy.ravel())


def shape_spectrum(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Square roots of eigenvalues (k,), and the matrix (k, n) that takes a function to its coefficients."""
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    basis = eigenbasis(shape, EigenbasisOptions(k=min(_MODES, shape.n_vertices - 1)))
    return np.sqrt(np.maximum(basis.evals, 0)), basis.evecs.T * basis.mass
