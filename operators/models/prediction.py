"""Asking a trained model, and judging its answers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from geomlearn.core.devices import pick_device
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.data.samples import AnySamples, ShapeSamples
from geomlearn.operators.models.batches import Batches
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.training.losses import relative_l2


@dataclass(frozen=True)
class Evaluation:
    """How wrong a model is on samples.

    Attributes
    ----------
    errors      (N,) relative L2 of each sample, weighted by area on shapes.
    unweighted  (N,) the same with equal weight for every point, as the literature has it.
    time_s      for all answers together, without preparing the shapes.
    """

    errors: np.ndarray
    unweighted: np.ndarray
    time_s: float

    @property
    def mean(self) -> float:
        """Mean of `errors`."""
        return float(self.errors.mean())


def predict(
    model: FieldOperator,
    samples: AnySamples,
    *,
    batch_size: int = 16,
    device: str = "auto",
    progress: Progress = SILENT,
) -> list[np.ndarray]:
    """The model's answer to each sample's input, (*grid, n_out) or (n, n_out).

    Raises
    ------
    ParameterError, SizeMismatch   the samples do not fit the model.
    """
    return _answers(model, samples, batch_size, device, progress)[0]


def evaluate(
    model: FieldOperator,
    samples: AnySamples,
    *,
    batch_size: int = 16,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Evaluation:
    """Compare the model's answers with the samples' targets.

    Raises
    ------
    ParameterError, SizeMismatch   the samples do not fit the model.
    """
    answers, elapsed = _answers(model, samples, batch_size, device, progress)
    errors, unweighted = [], []
    for index, answer in enumerate(answers):
        given, truth = (torch.from_numpy(np.asarray(a, np.float64))[None] for a in (answer, samples.targets[index]))
        plain = float(relative_l2(given, truth))
        unweighted.append(plain)
        if isinstance(samples, ShapeSamples):
            area = torch.from_numpy(_areas(samples, index))[None, :, None]
            errors.append(float(relative_l2(given, truth, area)))
        else:
            errors.append(plain)
    return Evaluation(np.array(errors), np.array(unweighted), elapsed)


@torch.no_grad()
def _answers(
    model: FieldOperator, samples: AnySamples, batch_size: int, device: str, progress: Progress
) -> tuple[list[np.ndarray], float]:
    model.signature.check(samples)
    chosen = pick_device(device)
    model = model.to(chosen).eval()
    batches = Batches(samples, getattr(model.network, "needs", None), progress.part(0, 0.5))
    answers: list[np.ndarray] = []
    start = time.perf_counter()
    for numbers in torch.arange(len(batches)).split(batch_size):
        batch = batches.at(numbers, chosen)
        out = model(batch.inputs, batch.where, batch.mask).float().cpu().numpy()
        for number, values in zip(numbers.tolist(), out, strict=True):
            answers.append(values[: len(samples.inputs[number])])
        progress(0.5 + 0.5 * len(answers) / len(batches), f"{len(answers)} of {len(batches)} answers")
    return answers, time.perf_counter() - start


def _areas(samples: ShapeSamples, index: int) -> np.ndarray:
    from geomlearn.spectral.laplacian import build_laplacian

    return build_laplacian(samples.shapes[samples.shape_of[index]]).mass
