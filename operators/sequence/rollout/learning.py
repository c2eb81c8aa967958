"""Training the rollout model: what it says of the next frame, and of those it continues by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.sequence.rollout.modal import ModalBatch
from geomlearn.operators.sequence.rollout.model import RolloutModel
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.rule import FieldRule, best_rule
from geomlearn.operators.sequence.rollout.series_set import SeriesSet, split_series
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.options import TrainingOptions


class RolloutTask:
    """Squared errors of forecasts, relative to their series.

    Each time a series comes up, a stretch of `history` given frames and `unroll` frames to continue is drawn from its
    first `history + horizon` frames. Validation continues each judged series over the whole horizon from its start.
    """

    def __init__(self, model: RolloutModel, data: SeriesSet, judged: SeriesSet | None = None) -> None:
        self.model, self.data, self.judged = model, data, judged
        self.n_train, self.n_valid = data.n, judged.n if judged else 0
        self.fingerprint = f"{data.content}|{judged.content}" if judged else data.content
        self.values = torch.as_tensor(data.coefficients, dtype=torch.get_default_dtype())
        self.shapes = ModalBatch.of(data.frames)
        self.judged_shapes = ModalBatch.of(judged.frames) if judged else None

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean over the training series with these numbers."""
        options = self.model.options
        last = min(options.horizon, self.data.n_frames - options.history) - options.unroll
        starts = torch.randint(last + 1, (len(samples),), generator=generator)
        reach = torch.arange(options.history + options.unroll)
        stretch = self.values[samples[:, None], starts[:, None] + reach]
        history = stretch[:, : options.history]
        size = history.square().sum(-1).mean(1).sqrt()[:, None, None]
        given = (
            history + options.noise * size * torch.randn(history.shape, generator=generator) / history.shape[2] ** 0.5
        )
        device = self.model.modal.device
        frames = self.shapes.take(torch.from_numpy(self.data.shape_of[samples.numpy()])).to(device)
        forecasts, continued = model(given.to(device), frames, options.unroll)
        # The first frame alone has no past that the rule could start from.
        truth = stretch[:, 2:].to(device)
        made = torch.cat([forecasts[:, 1:-1], continued], 1)
        error = (made - truth).square().sum((1, 2)) / truth.square().sum((1, 2))
        # In units of what the rule misses, so that series that are nearly linear teach something too.
        return error.mean() / self.model.missed.square()

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """Relative L2 over the horizon of each test series."""
        if self.judged is None or self.judged_shapes is None:
            return {}
        history = self.model.options.history
        horizon = min(self.model.options.horizon, self.judged.n_frames - history)
        values = torch.as_tensor(self.judged.coefficients, dtype=torch.get_default_dtype())[samples]
        device = self.model.modal.device
        frames = self.judged_shapes.take(torch.from_numpy(self.judged.shape_of[samples.numpy()])).to(device)
        continued = model(values[:, :history].to(device), frames, horizon)[1].cpu()
        truth = values[:, history : history + horizon]
        return {"relative_l2": (continued - truth).flatten(1).norm(dim=1) / truth.flatten(1).norm(dim=1)}


def train_rollout(
    data: SeriesSet,
    judged: SeriesSet | None,
    folder: str | Path,
    options: RolloutOptions | None = None,
    training: TrainingOptions | None = None,
    *,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Result[RolloutModel]:
    """Train a rollout model; weights start from `training.seed`.

    Parameters
    ----------
    judged   series to report errors on after each epoch; None for none. With `training.patience` a tenth of the
             training series, on shapes of their own, is set aside to stop by, and these are not looked at.
    folder   where checkpoints and metrics are kept.
    resume   continue the run in `folder`.

    Returns
    -------
    The model with one row of history per epoch: `train_loss`, and `valid_relative_l2` over the horizon. Without a mixer
    there is nothing to train: one row tells how the rule does.

    Raises
    ------
    ParameterError   series shorter than history + unroll frames, or in another number of modes than the options say.
    """
    training = training or TrainingOptions()
    if training.patience and options is not None and options.mixer != "none":
        data, judged = split_series(data, max(1, round(data.n / 10)))
    task = rollout_task(data, judged, options, training.seed, progress=progress.part(0, 0.05))
    if not task.model.mixers:
        return _without_training(task)
    return train(task, training, folder, resume=resume, progress=progress.part(0.05, 1))


def rollout_task(
    data: SeriesSet,
    judged: SeriesSet | None = None,
    options: RolloutOptions | None = None,
    seed: int = 0,
    *,
    progress: Progress = SILENT,
) -> RolloutTask:
    """What `train_rollout` trains: a fresh model, its weights drawn from `seed`, its rule fitted, and the series."""
    options = options or RolloutOptions()
    for part in (data, judged) if judged else (data,):
        if part.n_frames < options.history + options.unroll:
            raise ParameterError(
                f"Series of {part.n_frames} frames are shorter than the {options.history} given and {options.unroll} "
                "continued ones.",
                "Make longer series, or lower history and unroll.",
            )
    model = RolloutModel(options, equation=data.equation, pace=data.pace, seed=seed, progress=progress)
    _fit_rule(model, data)
    return RolloutTask(model, data, judged)


def _without_training(task: RolloutTask) -> Result[RolloutModel]:
    history: tuple[dict[str, float], ...] = ()
    if task.judged:
        history = ({"valid_relative_l2": judged_error(task.model, task.judged)},)
    sentence = "The rule was fitted in closed form; without a mixer there is nothing to train."
    return Result(task.model.eval(), Status.CONVERGED, sentence, history)


def judged_error(model: RolloutModel, judged: SeriesSet) -> float:
    """Mean relative L2 over the horizon of these series, each continued from its first `history` frames."""
    history = model.options.history
    truth = judged.coefficients[:, history : history + model.options.horizon]
    made = continued(model, judged, truth.shape[1])
    return float(relative_errors(made, truth, (truth.shape[1],)).mean())


def _fit_rule(model: RolloutModel, data: SeriesSet) -> None:
    options = model.options
    seen = torch.as_tensor(data.coefficients[:, : options.history + options.horizon])
    coupled = options.coupling == "field"

    def best(amplitude: str) -> tuple[torch.Tensor, FieldRule]:
        model.options = options.replace(amplitude=amplitude)
        scaled = model.fit_size(seen)
        powers = coupled and amplitude == "absolute"
        found = scaled.numpy(), data.frames, data.shape_of, options.history
        return scaled, best_rule(*found, transport=coupled, powers=powers)

    scaled, rule = best("own" if options.amplitude == "own" else "absolute")
    if options.amplitude == "auto" and rule.is_linear:
        scaled, rule = best("own")
    frames = ModalBatch.of(data.frames).take(torch.from_numpy(data.shape_of))
    model.fit_rule(rule, scaled.to(torch.get_default_dtype()), frames)


@torch.no_grad()
def continued(model: RolloutModel, data: SeriesSet, n_frames: int, *, given: np.ndarray | None = None) -> np.ndarray:
    """(N, n_frames, k) what follows the given frames of each series.

    Parameters
    ----------
    given   (N, history, k) instead of the first frames of the series, disturbed ones for example.
    """
    model.eval()
    given = data.coefficients[:, : model.options.history] if given is None else given
    shapes = ModalBatch.of(data.frames).take(torch.from_numpy(data.shape_of))
    history = torch.as_tensor(given, dtype=torch.get_default_dtype())
    return model(history, shapes, n_frames)[1].double().numpy()


def relative_errors(made: np.ndarray, truth: np.ndarray, horizons: tuple[int, ...]) -> np.ndarray:
    """(N, len(horizons)) relative L2 over the first frames, as many as each horizon says."""
    return np.stack(
        [
            np.linalg.norm((made - truth)[:, :h].reshape(len(made), -1), axis=1)
            / np.linalg.norm(truth[:, :h].reshape(len(truth), -1), axis=1)
            for h in horizons
        ],
        axis=1,
    )
