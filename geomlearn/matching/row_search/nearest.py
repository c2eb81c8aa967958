"""For each row of one matrix the nearest row of another."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.row_search.arrays import ArraySearch
from geomlearn.matching.row_search.search import RowSearch


def nearest_rows(
    queries: np.ndarray,
    points: np.ndarray,
    *,
    device: str = "cpu",
    precision: str = "float32",
) -> np.ndarray:
    """For each query the nearest point, by blocks of a matrix product; the first of equals.

    Parameters
    ----------
    queries (q, d), points (p, d)   any unit.
    device      "cpu", "cuda", "auto".
    precision   "float32" is twice as fast and errs only between points whose squared distances to the query
                agree to 1e-6 of the largest squared norm; "float64" is exact to rounding. Beyond 4000 points on a
                processor the search is by cells, and misses the nearest point for some 0.5 % of the queries.

    Returns
    -------
    (q,) indices into `points`.

    Raises
    ------
    SizeMismatch   the two have different dimensions, or there are no points.
    DeviceError    there is no such device.
    """
    if queries.ndim != 2 or points.ndim != 2 or queries.shape[1] != points.shape[1] or len(points) == 0:
        raise SizeMismatch(
            f"Queries {queries.shape} and points {points.shape} do not lie in one space.", "Give (q, d) and (p, d)."
        )
    search = row_search(device, precision)
    norms = np.einsum("ij,ij->i", points, points) / 2
    return search.nearest(*(search.held(array) for array in (queries, points, norms)))


def row_search(device: str = "cpu", precision: str = "float32") -> RowSearch:
    """A search where the device is: on arrays, without torch, unless it is a GPU.

    Raises
    ------
    DeviceError   there is no such device.
    """
    if device != "cpu":
        from geomlearn.core.devices import pick_device

        picked = pick_device(device)
        if picked.type != "cpu":
            from geomlearn.matching.row_search.tensors import TensorSearch

            return TensorSearch(picked, precision)
    return ArraySearch(precision)
