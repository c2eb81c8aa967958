"""Landmark files: known pairs of vertices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file

_TEXT = ("", ".txt", ".csv", ".dat")


def read_landmarks(path: Path, index_base: int = 0) -> np.ndarray:
    """Pairs (l, 2), vertex of A and vertex of B counted from 0, from text with two numbers a line, or npy, npz, mat.

    Parameters
    ----------
    index_base   what the file counts from.

    Raises
    ------
    FormatError   the file is missing or does not hold pairs of whole numbers.
    """
    path = existing_file(path)
    if path.suffix.lower() in _TEXT:
        pairs = _from_text(path)
    else:
        pairs = next((array for array in read_arrays(path)[0].values() if np.shape(array)[1:] == (2,)), np.zeros(0))
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iuf" or (pairs != np.round(pairs)).any():
        raise FormatError(f"{path.name} holds no pairs of vertices.", "Write two whole numbers a line: of A, of B.")
    return pairs.astype(np.int64) - index_base


def _from_text(path: Path) -> np.ndarray:
    try:
        text = path.read_text(encoding="utf-8").replace(",", " ").replace(";", " ")
        rows = [[float(word) for word in line.split("#")[0].split()] for line in text.splitlines()]
        return np.array([row for row in rows if row])
    except (UnicodeDecodeError, ValueError) as error:
        raise FormatError(f"{path.name} is not a list of pairs: {error}.", "Write two whole numbers a line.") from None
