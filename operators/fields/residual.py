"""How far one field is from another: the difference at every moment, and one number for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.fields.series import FieldSeries


@dataclass(frozen=True, eq=False)
class Residual:
    """What `residual` found.

    Attributes
    ----------
    series        solution − reference, at the times of the solution that the reference covers.
    relative      (t,) |solution − reference| / |reference| in the norm of L², all functions together; 0 where both
                  vanish.
    largest       (t,) the largest |solution − reference| of a vertex.
    interpolated  whether the reference had to be interpolated between its own times.
    """

    series: FieldSeries
    relative: np.ndarray
    largest: np.ndarray
    interpolated: bool


def residual(solution: FieldSeries, reference: FieldSeries, mass: np.ndarray | None = None) -> Residual:
    """Compare a field with a reference on the same vertices, at the times both cover.

    The reference is interpolated linearly in time where it has no frame, which adds an error of second order in the
    distance of its frames.

    Parameters
    ----------
    solution, reference  fields of n vertices with equally many functions.
    mass                 (n,) area of each vertex; equal ones when None.

    Raises
    ------
    SizeMismatch   other vertices or functions, or no time in common.
    """
    if solution.values.shape[1:] != reference.values.shape[1:]:
        raise SizeMismatch(
            f"The fields do not fit together: one frame has shape {solution.values.shape[1:]}, of the reference "
            f"{reference.values.shape[1:]}.",
            "Both must live on the same vertices and hold the same functions.",
        )
    slack = 1e-9 * max(abs(float(solution.times[-1])), 1e-300)
    low, high = reference.times[0] - slack, reference.times[-1] + slack
    inside = (solution.times >= low) & (solution.times <= high)
    if not inside.any():
        raise SizeMismatch(
            f"The reference covers the times {reference.times[0]:.4g} to {reference.times[-1]:.4g}, the field "
            f"{solution.times[0]:.4g} to {solution.times[-1]:.4g}: they have none in common.",
            "Solve the reference over the same time.",
        )
    times = solution.times[inside]
    there, exact = _at(reference, times, slack)
    difference = solution.values[inside] - there
    names = tuple(f"{name} − reference" for name in solution.names)
    weight = np.ones(solution.n_vertices) if mass is None else mass
    size, scale = _norm(difference, weight), _norm(there, weight)
    relative = np.divide(size, scale, out=np.where(size > 0, np.inf, 0.0), where=scale > 0)
    largest = np.abs(difference).reshape(len(times), -1).max(axis=1)
    return Residual(FieldSeries(times, difference, names), relative, largest, not exact)


def _at(series: FieldSeries, times: np.ndarray, slack: float) -> tuple[np.ndarray, bool]:
    """The values at `times`, and whether there was a frame at each."""
    after = np.clip(np.searchsorted(series.times, times), 0, series.n_frames - 1)
    before = np.maximum(after - 1, 0)
    gap = series.times[after] - series.times[before]
    part = np.divide(times - series.times[before], gap, out=np.ones(len(times)), where=gap > 0)
    # Times that are equal up to rounding are the same frame, not a mixture of two.
    near = np.where(series.times[after] - times < times - series.times[before], after, before)
    exact = np.abs(series.times[near] - times) <= slack
    part = np.where(exact, (near == after).astype(float), part).reshape(-1, *[1] * (series.values.ndim - 1))
    return (1 - part) * series.values[before] + part * series.values[after], bool(exact.all())


def _norm(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(t,) the weighted L² norm of every frame, over all functions."""
    squares = values**2 if values.ndim == 2 else (values**2).sum(axis=2)
    return np.sqrt(squares @ weight)
