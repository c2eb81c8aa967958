"""Distances between the shapes of a collection, and numbers that describe each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.spectral.basis import Basis


def spectrum_of(basis: Basis) -> np.ndarray:
    """(k − 1,) eigenvalues above zero at unit area, over what Weyl's law lets expect, 4π j: one for large j.

    Source   Reuter, Wolter & Peinecke 2006, Laplace–Beltrami spectra as Shape-DNA.
    """
    j = np.arange(1, basis.k)
    return basis.evals[1:] * basis.mass.sum() / (4 * np.pi * j)


def pairwise(rows: Iterable[np.ndarray], mass: np.ndarray | None = None) -> np.ndarray:
    """(s, s) root mean square distances between rows (n,) or (n, c), weighted by mass (n,).

    Raises
    ------
    SizeMismatch   rows of different sizes.
    """
    rows = [np.asarray(row, float) for row in rows]
    if len({row.shape for row in rows}) != 1:
        raise SizeMismatch(f"Rows have shapes {sorted({row.shape for row in rows})}.", "Give the same for each shape.")
    stacked = np.stack(rows).reshape(len(rows), len(rows[0]), -1)
    weights = np.full(stacked.shape[1], 1.0) if mass is None else mass
    flat = (stacked * np.sqrt(weights / weights.sum())[:, None]).reshape(len(rows), -1)
    return np.stack([np.sqrt(((flat - one) ** 2).sum(axis=1)) for one in flat])
