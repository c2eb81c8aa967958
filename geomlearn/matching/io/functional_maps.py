"""Functional-map files: the matrix with its direction, as npz, mat or npy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path

WRITABLE = (".npz", ".mat", ".h5", ".npy")
_NAMES = ("fmap_ab", "C", "C12", "FM_12", "fmap", "array")


@dataclass(frozen=True, eq=False)
class FunctionalMapFile:
    """A functional map read from a file: fmap_ab (k_b, k_a) carries coefficients from source to target."""

    fmap_ab: np.ndarray
    metadata: Mapping[str, Any] = field(default_factory=dict)


def write_fmap(
    path: str | Path, fmap_ab: np.ndarray, metadata: Mapping[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write a functional map (k_b, k_a); the suffix .npz, .mat, .h5 or .npy chooses the format.

    A .npy file holds the bare matrix: it has no room for metadata.

    Raises
    ------
    FormatError   the suffix is none of these.
    GeomError     the file exists and `force` is false.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise FormatError(
            f"A functional map cannot be written as {suffix or 'a file without suffix'}.",
            f"Use one of {' '.join(WRITABLE)}.",
        )
    if suffix != ".npy":
        return write_arrays(path, {"fmap_ab": fmap_ab}, metadata or {}, force=force)
    with atomic_path(path, force=force) as temporary:
        np.save(temporary, fmap_ab)
    return path


def read_fmap(path: str | Path) -> FunctionalMapFile:
    """Read a functional map; the content decides the format.

    Raises
    ------
    FormatError   the file is missing or damaged, or holds no finite real matrix.
    """
    arrays, metadata = read_arrays(path)
    name = next((name for name in _NAMES if name in arrays), None)
    if name is None and len(arrays) == 1:
        name = next(iter(arrays))
    if name is None:
        raise FormatError(
            f"{Path(path).name} holds {', '.join(arrays) or 'nothing'}, but no fmap_ab.", "Is it a functional map?"
        )
    matrix = np.atleast_2d(np.asarray(arrays[name]))
    if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
        raise FormatError(
            f"{name} in {Path(path).name} is no finite real matrix: shape {matrix.shape}, type {matrix.dtype}.",
            "Is it a functional map?",
        )
    return FunctionalMapFile(matrix.astype(float), metadata)
