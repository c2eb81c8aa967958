"""What solvers of tall least squares do with the rows: check them, and go over them once."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch

# Rows that stay in the cache of a core between a product with them and one with their transpose.
_NUMBERS = 100_000


def checked_rows(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values as (n, t), once they and the rows are fit to be solved with.

    Raises
    ------
    SizeMismatch     another number of values than of rows.
    ParameterError   fewer rows than columns, or a value that is not finite.
    """
    values = values[:, None] if values.ndim == 1 else values
    if len(values) != len(design):
        raise SizeMismatch(f"{len(values)} values for {len(design)} rows.", "Give one value a row.")
    if len(design) < design.shape[1]:
        raise ParameterError(
            f"{len(design)} samples cannot determine {design.shape[1]} modes.", f"Ask for k ≤ {len(design)}."
        )
    if not np.isfinite(values).all():
        raise ParameterError("A sample has a value that is not finite.", "Leave that sample out.")
    return values


def blocks(design: np.ndarray) -> list[slice]:
    """Rows by as many as a core keeps at hand."""
    size = max(_NUMBERS // design.shape[1], 64)
    return [slice(first, first + size) for first in range(0, len(design), size)]


def left_over(design: np.ndarray, values: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Aᵀ(b − A x) (d, t) and ‖b − A x‖² (t,), in one pass over the rows."""
    total, squared = np.zeros_like(x), np.zeros(values.shape[1])
    for rows in blocks(design):
        rest = values[rows] - design[rows] @ x
        total += design[rows].T @ rest
        squared += (rest**2).sum(axis=0)
    return total, squared


def gram_times(design: np.ndarray, x: np.ndarray) -> np.ndarray:
    """AᵀA x (d, t), in one pass over the rows."""
    total = np.zeros_like(x)
    for rows in blocks(design):
        total += design[rows].T @ (design[rows] @ x)
    return total
