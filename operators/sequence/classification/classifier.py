"""A sequence model that names the class of a whole sequence, and how it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.fingerprints import fingerprint_of
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.sequence.classification.labelled import LabelledDataset, LabelledSequences, split_labelled
from geomlearn.operators.sequence.classification.options import ClassifierOptions
from geomlearn.operators.sequence.model import SequenceModel
from geomlearn.operators.sequence.options import SequenceOptions
from geomlearn.operators.sequence.parameter_groups import trained_groups
from geomlearn.operators.training.loop import train
from geomlearn.operators.training.options import TrainingOptions

# Share of the training sequences of each class that early stopping goes by.
_WATCHED = 0.1


class SequenceClassifier(nn.Module):
    """Scores of each class for whole sequences.

    Parameters
    ----------
    n_inputs   channels of each step; the number of words when `tokens`.
    classes    their names.
    options    of the model; it has to pool the sequence.

    Raises
    ------
    ParameterError   fewer than two classes, or a model that gives an answer per step.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(
        self,
        n_inputs: int,
        classes: Sequence[str],
        options: SequenceOptions | None = None,
        *,
        tokens: bool = False,
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> None:
        super().__init__()
        options = options or ClassifierOptions()
        if len(classes) < 2:
            raise ParameterError(f"{len(classes)} classes leave nothing to tell apart.", "Give data of two or more.")
        if options.pooling == "none":
            raise ParameterError("A class belongs to a whole sequence.", "Use pooling = mean or last.")
        self.classes, self.options, self.tokens = tuple(classes), options, tokens
        self.model = SequenceModel(n_inputs, len(classes), options, tokens=tokens, seed=seed, progress=progress)
        if not tokens:
            self.register_buffer("mean", torch.zeros(n_inputs))
            self.register_buffer("deviation", torch.ones(n_inputs))

    def fit_scale(self, data: LabelledSequences) -> None:
        """Take mean and deviation of each channel from training sequences; words have none."""
        if not self.tokens:
            joined = torch.from_numpy(np.concatenate(data.values))
            self.mean.copy_(joined.mean(0))
            self.deviation.copy_(joined.std(0, correction=0) + 1e-6)

    def forward(self, u: torch.Tensor, lengths: torch.Tensor | None = None, *, dt_scale: float = 1.0) -> torch.Tensor:
        """(B, n_classes) of raw values (B, L, n_inputs), or of words (B, L)."""
        if not self.tokens:
            u = (u - self.mean) / self.deviation
        return self.model(u, lengths, dt_scale=dt_scale)

    def parameter_groups(self, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
        """For the training loop: dynamics learn slower than the rest and do not decay."""
        return trained_groups(self, learning_rate, weight_decay)

    @property
    def n_parameters(self) -> int:
        """Real numbers to learn."""
        return sum(parameter.numel() for parameter in self.parameters())


class ClassificationTask:
    """Cross entropy to learn by, and the share of wrong answers to judge by."""

    def __init__(self, model: SequenceClassifier, data: LabelledDataset) -> None:
        self.model, self.data = model, data
        self.watched = data.test if data.valid is None else data.valid
        self.n_train, self.n_valid = data.train.n, self.watched.n
        parts = data.train, self.watched
        self.fingerprint = fingerprint_of(*(array for part in parts for array in (*part.values, part.labels)))

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean cross entropy over the training sequences with these numbers."""
        scores, labels = self._scores(model, self.data.train, samples)
        return F.cross_entropy(scores, labels)

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """1 for a wrong answer and 0 for a right one, and the cross entropy, of each of these validation or test
        sequences.
        """
        scores, labels = self._scores(model, self.watched, samples)
        wrong = (scores.argmax(1) != labels).float()
        return {"error": wrong, "cross_entropy": F.cross_entropy(scores, labels, reduction="none")}

    @staticmethod
    def _scores(model: nn.Module, data: LabelledSequences, samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        device = next(model.parameters()).device
        values, lengths, labels = data.batch(samples.tolist())
        return model(values.to(device), None if lengths is None else lengths.to(device)), labels.to(device)


def train_classifier(
    data: LabelledDataset,
    folder: str | Path,
    options: SequenceOptions | None = None,
    training: TrainingOptions | None = None,
    *,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Result[SequenceClassifier]:
    """Train a classifier; weights start from `training.seed`.

    Parameters
    ----------
    folder   where checkpoints and metrics are kept.
    resume   continue the run in `folder`.

    Returns
    -------
    The classifier with one row of history per epoch: `train_loss`, `valid_error` (share of wrong answers),
    `valid_cross_entropy`; of the test sequences, or with `training.patience` of a tenth of those for training, set
    aside to stop by.

    Raises
    ------
    ParameterError   fewer than two classes, or a model without pooling.
    SizeMismatch     training and test sequences have other channels, words or classes.
    """
    training = training or TrainingOptions()
    if training.patience and data.valid is None:
        inner = split_labelled(data.train, _WATCHED, training.seed)
        data = LabelledDataset(inner.train, data.test, inner.test)
    one, other = data.train, data.test
    if (one.n_inputs, bool(one.n_words), one.classes) != (other.n_inputs, bool(other.n_words), other.classes):
        raise SizeMismatch("Training and test sequences differ in channels or classes.", "Give two halves of one set.")
    model = SequenceClassifier(
        one.n_inputs,
        one.classes,
        options,
        tokens=bool(one.n_words),
        seed=training.seed,
        progress=progress.part(0, 0.05),
    )
    model.fit_scale(one)
    return train(ClassificationTask(model, data), training, folder, resume=resume, progress=progress.part(0.05, 1))


@torch.no_grad()
def classify(model: SequenceClassifier, data: LabelledSequences, *, batch_size: int = 64) -> np.ndarray:
    """(N,) index of the class the model names for each sequence; the labels are not looked at.

    Raises
    ------
    SizeMismatch   the sequences have other channels or words than the model.
    """
    if data.n_inputs != model.model.n_inputs or bool(data.n_words) != model.tokens:
        raise SizeMismatch(
            f"The model reads {model.model.n_inputs} {'words' if model.tokens else 'channels'}, the data has "
            f"{data.n_inputs} {'words' if data.n_words else 'channels'}.",
            "Give data of the kind it was trained on.",
        )
    model.eval()
    named = []
    for samples in torch.arange(data.n).split(batch_size):
        values, lengths, _ = data.batch(samples.tolist())
        named.append(model(values, lengths).argmax(1))
    return torch.cat(named).numpy()
