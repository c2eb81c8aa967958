"""Training a model on samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from geomlearn.core.options import Options
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.data.description import fingerprint
from geomlearn.operators.data.samples import Dataset
from geomlearn.operators.models.batches import Batch, Batches
from geomlearn.operators.models.equivariance import Equivariance
from geomlearn.operators.models.field_operator import FieldOperator, Normalization
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.symmetries import Symmetry, check_symmetry, drawn, refuse_asymmetry
from geomlearn.operators.models.table import model_named
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.options import TrainingOptions


class OperatorTask:
    """Relative L2 of an operator on training samples, and on those it is watched by, weighted by area on shapes.

    It is watched by validation samples where the data has some, and nothing else is looked at then. Otherwise by the
    test samples, and nothing is chosen by them.
    """

    def __init__(
        self, model: FieldOperator, data: Dataset, progress: Progress = SILENT, *, symmetry: Symmetry = "none"
    ) -> None:
        needs = getattr(model.network, "needs", None)
        self.model, self.symmetry = model, symmetry
        self.train = Batches(data.train, needs, progress)
        self.watched = Batches(data.test if data.valid is None else data.valid, needs, progress)
        self.n_train, self.n_valid = len(self.train), len(self.watched)
        self.fingerprint = fingerprint(data.train, self.watched.samples)

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean relative L2 over the training samples with these numbers."""
        return self.sample_losses(model, samples, generator).mean()

    def sample_losses(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Relative L2 of each of these training samples."""
        batch = self.train.at(samples, next(model.parameters()).device)
        fields = [batch.inputs, batch.targets] if batch.mask is None else [batch.inputs, batch.targets, batch.mask]
        inputs, targets, *mask = drawn(fields, self.symmetry, generator)
        return self._errors(model, replace(batch, inputs=inputs, targets=targets, mask=mask[0] if mask else None))

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """Relative L2 of each of these validation or test samples."""
        return {"relative_l2": self._errors(model, self.watched.at(samples, next(model.parameters()).device))}

    @staticmethod
    def _errors(model: nn.Module, batch: Batch) -> torch.Tensor:
        return relative_l2(model(batch.inputs, batch.where, batch.mask), batch.targets, batch.weights)


def train_operator(
    key: str,
    data: Dataset,
    folder: str | Path,
    options: Options | None = None,
    training: TrainingOptions | None = None,
    *,
    normalization: Normalization = "channel",
    rollout: bool = False,
    symmetry: Symmetry = "none",
    equivariance: Equivariance = "none",
    resume: bool = False,
    change: bool = False,
    watch: bool = False,
    progress: Progress = SILENT,
) -> Result[FieldOperator]:
    """Train a model of the table on samples.

    Parameters
    ----------
    key       the kind of model, as in `MODELS`.
    data      training samples, and test samples whose error is recorded after each epoch. With `training.patience` a
              tenth of the training samples is set aside to stop by, and its error is recorded instead: the test
              samples are not looked at.
    folder    where checkpoints and metrics are kept.
    options   the kind's option model; its defaults when None. Weights start from `training.seed`.
    normalization, rollout, equivariance   as for `FieldOperator`.
    symmetry  of the equation: training sees a random image of each sample under it, "mirror" of the first axis of the
              grid or any of the eight of the "square". The mean fields have to have it.
    resume, change, watch   as for `geomlearn.operators.training.loop.train`.

    Returns
    -------
    The trained operator with one row of history per epoch, as `geomlearn.operators.training.loop.train`.

    Raises
    ------
    ParameterError   no such model, one for another kind of data, or a symmetry the grid or the mean fields lack.
    SizeMismatch     training and test samples show different operators.
    """
    training = training or TrainingOptions()
    data = data.with_validation(training.seed) if training.patience else data
    task = operator_task(
        key,
        data,
        options,
        training.seed,
        normalization=normalization,
        rollout=rollout,
        symmetry=symmetry,
        equivariance=equivariance,
        progress=progress.part(0, 0.05),
    )
    return train(task, training, folder, resume=resume, change=change, watch=watch, progress=progress.part(0.05, 1))


def operator_task(
    key: str,
    data: Dataset,
    options: Options | None = None,
    seed: int = 0,
    *,
    normalization: Normalization = "channel",
    rollout: bool = False,
    symmetry: Symmetry = "none",
    equivariance: Equivariance = "none",
    progress: Progress = SILENT,
) -> OperatorTask:
    """What `train_operator` trains: a fresh model, its weights drawn from `seed`, and the samples."""
    row = model_named(key)
    signature = Signature.of(data.train)
    signature.check(data.test)
    if data.valid is not None:
        signature.check(data.valid)
    check_symmetry(symmetry, signature.kind, signature.resolution)
    refuse_asymmetry(data.train, symmetry)
    torch.manual_seed(seed)
    options = options or row.resolve_options()()
    model = FieldOperator(row, signature, options, normalization, rollout=rollout, equivariance=equivariance)
    model.fit_normalizers(data.train, symmetry)
    return OperatorTask(model, data, progress, symmetry=symmetry)
