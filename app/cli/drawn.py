"""Arrows and curves from files, for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from geomlearn.app.cli.files import split_key
from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import ParameterError
from geomlearn.core.tables import read_number_table
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors

_TEXT, _VTK = (".txt", ".csv", ".dat", ".xyz"), (".vtp", ".vtu", ".vtk")


def read_vectors(spec: str) -> tuple[str, Vectors]:
    """The vectors that ``FILE[:KEY]`` names, (n, 3) on vertices or (m, 3) on faces, and what they are called.

    Raises
    ------
    FormatError, ParameterError   the file holds no such rows of three numbers.
    """
    path, keys = split_key(spec)
    name, rows = _rows(_arrays(Path(path)), keys, Path(path))
    return name, Vectors(rows)


def read_curves(spec: str) -> tuple[str, Curves]:
    """The curve through the points (p, 3) that ``FILE[:KEY]`` names; or a graph, of a file with "points" and "edges".

    Raises
    ------
    FormatError, ParameterError   the file holds no such rows of three numbers.
    """
    path, keys = split_key(spec)
    arrays = _arrays(Path(path))
    if not keys and arrays.keys() >= {"points", "edges"}:
        return Path(path).stem, Curves(arrays["points"], arrays["edges"])
    name, rows = _rows(arrays, keys, Path(path))
    return name, Curves(rows)


def _arrays(path: Path) -> Mapping[str, np.ndarray]:
    if path.suffix.lower() in _TEXT:
        return {path.stem: read_number_table(path)}
    if path.suffix.lower() in _VTK:
        from geomlearn.shapes.io import read_point_data

        return read_point_data(path)
    return {path.stem if name == "array" else name: array for name, array in read_arrays(path)[0].items()}


def _rows(arrays: Mapping[str, np.ndarray], keys: list[str], path: Path) -> tuple[str, np.ndarray]:
    """The one array of rows of three numbers, or that of this key."""
    found = {
        name: array
        for name, array in arrays.items()
        if array.ndim == 2 and array.shape[1] == 3 and array.dtype.kind == "f" and name != "vertices"
    }
    if not keys and len(found) == 1:
        keys = list(found)
    if not keys or keys[0] not in found:
        asked = f"has no rows of three numbers called {keys[0]}" if keys else "does not hold one array of such rows"
        names = f"{path.name}:KEY with one of {', '.join(found)}" if found else "a file with (n, 3) numbers"
        raise ParameterError(f"{path.name} {asked}.", f"Give {names}.")
    return keys[0], found[keys[0]]
