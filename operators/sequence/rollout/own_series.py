"""One series continued by what it shows itself: dynamic mode decomposition, the rule, or no change at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.rollout.learning import continued, rollout_task
from geomlearn.operators.sequence.rollout.options import ForecastOptions, RolloutOptions
from geomlearn.operators.sequence.rollout.propagators import fit_dmd
from geomlearn.operators.sequence.rollout.series_set import SeriesSet, series_of_field, windows
from geomlearn.shapes.shape import Shape

Continue = Callable[[SeriesSet, int], np.ndarray]


def forecast_series(
    series: FieldSeries, shape: Shape, n_frames: int, options: ForecastOptions, *, progress: Progress = SILENT
) -> Result[FieldSeries]:
    """The frames that follow a series, by a method fitted to that series alone.

    The last fifth of the frames is first foretold from those before, by every method; then the chosen one is fitted to
    all frames.

    Returns
    -------
    The frames; its stats hold `errors`, the relative L2 of each method over the last fifth (None where it cannot be
    fitted), `method`, and `missed`, the share of the field that the modes cannot hold.

    Raises
    ------
    ParameterError   too few frames, or frames that are not evenly spaced.
    """
    if n_frames < 1:
        raise ParameterError(f"{n_frames} frames are no forecast.", "Ask for at least one.")
    progress(0.0, "basis")
    data = series_of_field(series, shape, options.modes)
    held = max(1, data.n_frames // 5)
    if data.n_frames - held < options.delays + 2:
        raise ParameterError(
            f"{data.n_frames} frames do not tell how a field goes on.", f"Give at least {2 * options.delays + 5}."
        )
    methods: dict[str, Continue] = {
        "dmd": lambda given, n: _by_dmd(given, n, options.delays),
        "rule": lambda given, n: _by_rule(given, n, options),
        "persistence": lambda given, n: np.repeat(given.coefficients[0, -1:], n, axis=0),
    }
    before, truth = windows(data, range(1), data.n_frames - held), data.coefficients[0, -held:]
    errors = {name: _error(method, before, truth) for name, method in methods.items()}
    progress(0.6, "fitted to the frames before the last fifth")
    told = {name: error for name, error in errors.items() if error is not None}
    chosen = min(told, key=told.__getitem__) if options.method == "auto" else options.method
    made = methods[chosen](data, n_frames)
    gap = float(series.times[1] - series.times[0])
    times = series.times[data.n_frames - 1] + gap * np.arange(1, n_frames + 1)
    about = {"source": shape.name, "method": f"{chosen} of the series itself", "modes": data.coefficients.shape[2]}
    forecast = FieldSeries(times, made @ data.frames[0].modes.T, series.names, about)
    stats = {"errors": errors, "method": chosen, "missed": float(data.missed[0]), "held": held}
    return Result(forecast, Status.CONVERGED, f"{n_frames} frames were continued by {chosen}.", (), stats)


def _error(method: Continue, given: SeriesSet, truth: np.ndarray) -> float | None:
    try:
        made = method(given, len(truth))
    except ParameterError:
        return None
    size = np.linalg.norm(truth)
    error = float(np.linalg.norm(made - truth) / size) if size else np.inf
    return error if np.isfinite(error) else None


def _by_dmd(given: SeriesSet, n_frames: int, delays: int) -> np.ndarray:
    frames = given.coefficients[0]
    return fit_dmd([frames], delays).roll(frames, n_frames)


def _by_rule(given: SeriesSet, n_frames: int, options: ForecastOptions) -> np.ndarray:
    length = min(2 * options.history, given.n_frames)
    history = length // 2
    short = RolloutOptions(modes=options.modes, history=history, horizon=length - history, unroll=1)
    learned = windows(given, range(0, given.n_frames - length + 1, max(1, history // 4)), length)
    model = rollout_task(learned, None, short).model
    with torch.no_grad():
        return continued(model, given, n_frames, given=given.coefficients[:, -history:])[0]
