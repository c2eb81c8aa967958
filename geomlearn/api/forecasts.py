"""Series continued by what they show themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.api.calls import as_progress, gathered
from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Result
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.exchange import as_shape

if TYPE_CHECKING:
    from geomlearn.api.fields import Field
    from geomlearn.operators.sequence.forecasting.options import ForecastOptions


def forecast(
    series: Any,
    n_frames: int = 16,
    shape: Any = None,
    options: ForecastOptions | None = None,
    *,
    periodic: bool | None = None,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> Field | Result[np.ndarray]:
    """Continue one series by what it shows itself: standing still, dynamic mode decompositions or a rule.

    Parameters
    ----------
    series     a `Field` of `gl.solve` or a `FieldSeries`; or an array: (t, n) with a shape, (t, *grid) without.
    n_frames   how many frames are to follow.
    shape      mesh or cloud of n vertices, or whatever `as_shape` takes; a `Field` brings its own.
    options    all options in one object; keywords win over it: ``method="rule"``.
    periodic   of a grid: whether it closes on itself; None looks at its rims.
    progress   called as ``progress(fraction, note)``.

    Returns
    -------
    On a shape a `Field`, on a grid a `Result` whose value is (n_frames, *grid). `stats["candidates"]` is the table of
    what was tried on the past, `stats["method"]` what was taken.

    Raises
    ------
    ParameterError   fewer than five frames, not evenly spaced or not finite.
    SizeMismatch     the shape has another number of vertices.
    """
    from geomlearn.api.fields import Field
    from geomlearn.operators.sequence.forecasting.forecast import forecast_grid, forecast_series
    from geomlearn.operators.sequence.forecasting.options import ForecastOptions

    chosen = gathered(ForecastOptions, options, settings)
    shape = getattr(series, "shape", None) if shape is None and isinstance(series, FieldSeries) else shape
    if shape is None:
        if isinstance(series, FieldSeries):
            raise ParameterError("The series does not say which shape it lies on.", "Give the shape too.")
        return forecast_grid(np.asarray(series), n_frames, chosen, periodic=periodic, progress=as_progress(progress))
    shape = as_shape(shape)
    if not isinstance(series, FieldSeries):
        values = np.asarray(series, np.float64)
        names = tuple(f"u{i}" for i in range(values.shape[2])) if values.ndim == 3 else ("u",)
        series = FieldSeries(np.arange(float(len(values))), values, names)
    found = forecast_series(series, shape, n_frames, chosen, progress=as_progress(progress))
    made = found.value
    story = (found.status, found.sentence, found.history, found.stats)
    return Field(made.times, made.values, made.names, made.metadata, shape, *story)
