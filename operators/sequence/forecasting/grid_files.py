"""Series on a grid, from a file of arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError


def read_grid_series(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Times (t,) and values (t, *grid) of a file with `values`, or one array; without `times` they are 0, 1, ….

    Raises
    ------
    FormatError   there is no such array, it holds no real numbers or no two frames, or times do not fit or are uneven.
    """
    arrays, _ = read_arrays(path)
    name = Path(path).name
    values = arrays.get("values", arrays.get("array"))
    if values is None or values.ndim < 2 or len(values) < 2 or values.dtype.kind not in "biuf":
        raise FormatError(f"{name} holds no series on a grid.", "Give an array values (t, ...grid) of real numbers.")
    times = np.asarray(arrays.get("times", np.arange(len(values))), np.float64).ravel()
    gaps = np.diff(times)
    if len(times) != len(values) or not (gaps > 0).all() or gaps.max() > 1.01 * gaps.min():
        raise FormatError(f"The times in {name} are not {len(values)} evenly spaced ones.", "Give one for each frame.")
    return times, np.asarray(values, np.float64)
