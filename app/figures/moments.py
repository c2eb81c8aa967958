"""A field in time as the frames of a panel, with one range for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.app.figures.figure import Values
from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.series import FieldSeries


def moments(series: FieldSeries) -> dict[str, tuple[Values, ...]]:
    """By component, its values at every time; a range that changes with time would hide what does."""
    stacked = series.values if series.values.ndim == 3 else series.values[..., None]
    return {
        name: frames(stacked[..., place], [f"{name} at t = {time:.4g}" for time in series.times])
        for place, name in enumerate(series.names)
    }


def frames(values: np.ndarray, labels: Sequence[str]) -> tuple[Values, ...]:
    """(t, n) as t frames.

    Raises
    ------
    ParameterError   a value is infinite, or none is finite.
    """
    if np.isinf(values).any() or not np.isfinite(values).any():
        raise ParameterError(f"{labels[0]} is not finite.", "NaN marks a vertex without a value.")
    whole = Values(values.reshape(-1), "")
    given = (*whole.ends, whole.color_map)
    return tuple(Values(one, label, given=given) for one, label in zip(values, labels, strict=True))
