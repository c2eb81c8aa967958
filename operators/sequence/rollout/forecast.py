"""Continuing a field on its shape by a trained model."""

from __future__ import annotations

import numpy as np
import torch

from geomlearn.core.errors import Cancelled, ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.sequence.rollout.modal import ModalBatch
from geomlearn.operators.sequence.rollout.model import RolloutModel
from geomlearn.operators.sequence.rollout.series_set import BASES, BasisOf, series_of_field
from geomlearn.shapes.shape import Shape


def continue_field(
    model: RolloutModel,
    series: FieldSeries,
    shape: Shape,
    n_frames: int,
    *,
    basis_of: BasisOf | None = None,
    progress: Progress = SILENT,
) -> Result[FieldSeries]:
    """The frames that follow the last ones of a field, in the model's modes.

    The last `history` frames are read, or all where there are fewer. A last frame that is out of step with the others,
    as `solve` keeps it where the duration ends, is left out: the answer then begins before it.

    Parameters
    ----------
    basis_of   where the modes come from; None for where `model.options.basis` says.

    Returns
    -------
    The frames that follow; its stats tell `missed`, the share of the given frames that the modes cannot hold. After
    cancelling, those made by then.

    Raises
    ------
    SizeMismatch     the series belongs to another shape.
    ParameterError   frames at another pace than the model's, of another equation, not evenly spaced, vanishing or not
                     finite; a single frame for a model that learned from more; or no frames asked for.
    """
    if n_frames < 1:
        raise ParameterError(f"{n_frames} frames are no forecast.", "Ask for at least one.")
    history = model.options.history
    if series.n_frames < min(2, history):
        raise ParameterError("One frame does not say how fast a field moves.", "Give at least two frames.")
    # One more than is read: the last may be out of step.
    given = FieldSeries(series.times[-history - 1 :], series.values[-history - 1 :], series.names, series.metadata)
    progress(0.0, "basis")
    data = series_of_field(given, shape, model.options.modes, basis_of=basis_of or BASES[model.options.basis])
    last = data.n_frames - 1
    _check_pace(model, data.equation, data.pace)
    frame, found, status = data.frames[0], [], Status.CONVERGED
    with torch.no_grad():
        values = torch.as_tensor(data.coefficients[:, -history:], dtype=torch.get_default_dtype())
        forecasts, state = model.eval().begin(values, ModalBatch.of(data.frames))
        latest = forecasts[:, -1:]
        found.append(latest)
        try:
            while len(found) < n_frames:
                latest, state = model.step(latest, state)
                found.append(latest)
                progress(len(found) / n_frames, f"{len(found)} of {n_frames} frames")
        except Cancelled:
            status = Status.CANCELLED
    made = torch.cat(found, 1)[0].double().numpy() @ frame.modes.T
    gap = float(given.times[1] - given.times[0]) if given.n_frames > 1 else 1.0
    times = given.times[last] + gap * np.arange(1, len(made) + 1)
    about = {"source": shape.name, "method": data.equation, "mixer": model.options.mixer, "modes": frame.k}
    sentence = f"{len(made)} of {n_frames} frames were continued."
    return Result(
        FieldSeries(times, made, series.names, about), status, sentence, (), {"missed": float(data.missed[0])}
    )


def _check_pace(model: RolloutModel, equation: str, pace: float) -> None:
    if model.equation and equation and equation != model.equation:
        raise ParameterError(
            f"The model was trained on {model.equation}, and the field is one of {equation}.", "Train one on its kind."
        )
    if model.pace and pace and abs(np.log(pace / model.pace)) > 0.05:
        raise ParameterError(
            f"The model's frames are {model.pace:.3g} apart on a shape of unit size, these are {pace:.3g}.",
            f"Solve with --frames-like MODEL, or save frames {model.pace / pace:.3g} times as far apart.",
        )
