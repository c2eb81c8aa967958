"""Plain numbers per vertex in files of others: named arrays, columns of text, point data of VTK files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.incoming import read_text

MOST = 256
"""Wider arrays are tables of something else."""
_SHAPE = {"vertices", "faces", "normals", "colors", "Normals"}


@dataclass(frozen=True, eq=False)
class Columns:
    """Functions on the vertices of a shape that the file does not name.

    Attributes
    ----------
    values  (c, n), one row per function.
    names   (c,) what each is called in the file.
    vectors by name, (n, 3) of those columns that are the three parts of a vector.
    """

    values: np.ndarray
    names: tuple[str, ...]
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)


def read_columns(path: str | Path) -> Columns:
    """The numbers per vertex in a .npz, .npy, .mat, .h5, .vtp, .vtk, .txt or .csv file.

    Raises
    ------
    FormatError   it holds none.
    """
    path = Path(path)
    if path.suffix.lower() in (".vtp", ".vtu", ".vtk"):
        from geomlearn.shapes.io import read_point_data

        arrays = read_point_data(path)
    elif path.suffix.lower() in (".txt", ".csv"):
        numbers = numbers_in(read_text(path, "Give an array with one row per vertex."))
        arrays = {} if numbers is None else {path.stem: numbers}
    else:
        from geomlearn.core.arrays import read_arrays

        arrays = {path.stem if name == "array" else name: array for name, array in read_arrays(path)[0].items()}
    found = columns_of(arrays)
    if found is None:
        raise FormatError(f"{path.name} holds no numbers for vertices.", "Give an array with one row per vertex.")
    return found


def columns_of(arrays: Mapping[str, np.ndarray]) -> Columns | None:
    """Arrays (n,) and (n, c) with the largest n among them as functions on n vertices; None when there are none."""
    usable = {
        name: array.astype(np.float64)
        for name, array in arrays.items()
        if name not in _SHAPE and array.dtype.kind in "fiub" and array.ndim in (1, 2) and array.size > 1
    }
    # MATLAB keeps no (n,) apart from (1, n).
    usable = {name: array.ravel() if 1 in array.shape else array for name, array in usable.items()}
    n = max((len(array) for array in usable.values()), default=0)
    rows, names = [], []
    vectors = {name: array for name, array in usable.items() if array.shape == (n, 3) and _is_vector(arrays[name])}
    for name, array in usable.items():
        if len(array) != n or (array.ndim == 2 and array.shape[1] > MOST):
            continue
        rows.append(np.atleast_2d(array.T))
        names += [name] if array.ndim == 1 else [f"{name} {number}" for number in range(array.shape[1])]
    return Columns(np.concatenate(rows), tuple(names), vectors) if rows else None


def _is_vector(array: np.ndarray) -> bool:
    """Fractions of which one is negative: three others are a colour, or no vector."""
    return array.dtype.kind == "f" and bool(np.isfinite(array).all()) and bool((array < 0).any())


def numbers_in(text: str) -> np.ndarray | None:
    """(n,) the fractions of a text with one number a line, below at most one heading; None when it is anything else."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("#", "%"))]
    for rows in (lines, lines[1:]):
        try:
            return np.array(rows, dtype=np.float64) if len(rows) > 1 else None
        except ValueError:
            continue
    return None
