"""Adapting a trained operator to new samples."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.adaptation.attached import Adapter, attach_fresh, detach, identity, taken
from geomlearn.operators.adaptation.low_rank.sorsa import penalty
from geomlearn.operators.adaptation.options import AdaptationOptions, AdaptationTraining
from geomlearn.operators.adaptation.orthogonal.attached import (
    attach_fresh_conditions,
    conditions_of,
    detach_conditions,
    modulated,
)
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter, Slot
from geomlearn.operators.data.samples import Dataset
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.learning import OperatorTask
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.options import TrainingOptions


class AdaptationTask(OperatorTask):
    """The error on new samples, and the penalty that keeps singular vectors orthonormal.

    Differs  The penalty is a part of the loss, of the weight γ/η_max: with a shared schedule that is the update with
             two rates of arXiv 2409.00055. The norm of the gradient is cut for both together. Batch normalisations keep
             the statistics of the model they belong to.
    """

    def __init__(self, model: FieldOperator, data: Dataset, gamma: float = 0.0, progress: Progress = SILENT) -> None:
        super().__init__(model, data, progress)
        self.gamma = gamma

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean relative L2 and γ times the mean distance from orthonormality."""
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        loss = super().train_loss(model, samples, generator)
        return loss + self.gamma * penalty(model) if self.gamma else loss


def adapt(
    model: FieldOperator,
    data: Dataset,
    folder: str | Path,
    options: AdaptationOptions | None = None,
    training: TrainingOptions | None = None,
    *,
    name: str = "",
    condition: OrthogonalOptions | None = None,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Result[Adapter | ConditionAdapter]:
    """Learn a change of a trained operator from new samples; the operator itself is left as it is.

    Parameters
    ----------
    data    samples of the new regime, of the model's channels. With `training.patience` a tenth of those for training
            is set aside to stop by.
    folder  where checkpoints and metrics are kept.
    name    of the model, for the file.
    condition   of the method orthogonal alone: its name, and where it lies in the shared basis.

    Returns
    -------
    The adapter, with one row of history per epoch.

    Raises
    ------
    ParameterError, SizeMismatch   the samples do not fit the model, no layer matches, the rank is beyond all, or a
                                   condition is given to another method.
    """
    options, training = options or AdaptationOptions(), training or AdaptationTraining()
    if condition is not None and options.method != "orthogonal":
        raise ParameterError(f"The method {options.method} has no conditions.", "Use the method orthogonal.")
    model.signature.check(data.train)
    model.signature.check(data.test)
    data = data.with_validation(training.seed) if training.patience else data
    base = (name or model.row.key, identity(model))
    orthogonal = options.method == "orthogonal"
    if orthogonal:
        slot = Slot(condition or OrthogonalOptions(), options.rank)
        attach_fresh_conditions(model, modulated(model, options.targets), [slot])
    else:
        attach_fresh(model, options, training.seed)
    try:
        gamma = options.gamma if options.method == "sorsa" else 0.0
        task = AdaptationTask(model, data, gamma, progress.part(0, 0.05))
        result = train(task, training, folder, resume=resume, progress=progress.part(0.05, 1))
        adapter = conditions_of(model, base) if orthogonal else taken(model, options, base)
    finally:
        detach_conditions(model) if orthogonal else detach(model)
    return Result(adapter, result.status, result.sentence, result.history, result.stats)
