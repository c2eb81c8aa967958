"""Features and alignments as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import geomlearn
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.regularizers.alignment import Alignment

_FORMAT = "geomlearn-alignment"
# Names under which features are looked for, in this order: our own, a bare .npy, and bases.
_NAMES = ("features", "descriptors", "array", "evecs", "Eigenvectors", "phi")


def read_features(path: str | Path, key: str = "") -> np.ndarray:
    """A matrix of features, one row per item, from npz, npy, mat or h5; of a basis its modes, one row per vertex.

    Parameters
    ----------
    key   the array's name; without, `features`, `descriptors`, `evecs`, or the only matrix there is.

    Raises
    ------
    FormatError   there is no such array, several could be meant, or it is no matrix of numbers.
    """
    arrays, _ = read_arrays(path)
    matrices = [name for name, value in arrays.items() if getattr(value, "ndim", 0) == 2]
    name = key or next((known for known in _NAMES if known in matrices), matrices[0] if len(matrices) == 1 else "")
    if name not in arrays:
        there = ", ".join(arrays) or "nothing"
        wanted = f"no array {name!r}" if name else "no matrix of features, or several"
        raise FormatError(f"{Path(path).name} holds {wanted}; there is {there}.", "Name one as FILE:NAME.")
    found = np.asarray(arrays[name])
    if found.ndim != 2 or found.dtype.kind not in "fiub":
        raise FormatError(
            f"{name} of {Path(path).name} is no matrix of features, but {found.dtype} of shape {found.shape}.",
            "Give one row of numbers per item.",
        )
    return found.astype(float)


def write_alignment(path: str | Path, alignment: Alignment, facts: Mapping[str, Any], *, force: bool = False) -> Path:
    """Write the maps between two feature spaces (.npz, .mat, .h5), and how they were found.

    Raises
    ------
    FormatError   the suffix is none of these.
    GeomError     the file exists and `force` is false.
    """
    arrays = {name: value for name, value in vars(alignment).items() if isinstance(value, np.ndarray)}
    about = {"format": _FORMAT, "version": geomlearn.__version__, "distance": alignment.distance}
    return write_arrays(path, arrays, {**about, **facts}, force=force)


def read_alignment(path: str | Path) -> Alignment | None:
    """The maps of a file that `write_alignment` wrote; None where the file holds something else.

    Raises
    ------
    FormatError   the file is missing or damaged.
    """
    arrays, metadata = read_arrays(path)
    if metadata.get("format") != _FORMAT:
        return None
    try:
        return Alignment(**{name: np.asarray(value) for name, value in arrays.items()}, distance=metadata["distance"])
    except (KeyError, TypeError) as error:
        raise FormatError(f"{Path(path).name} lacks a part of the alignment: {error}.", "Align again.") from error
