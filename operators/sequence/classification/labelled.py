"""Sequences that each belong to a class: what a classifier is trained and judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch


@dataclass(frozen=True, eq=False)
class LabelledSequences:
    """N sequences of any lengths, and the class of each.

    Attributes
    ----------
    values   N arrays (L_i, c) float32, or (L_i,) int64 words where `n_words` is above zero.
    labels   (N,) int64 index into `classes`.
    classes  names of the classes.
    n_words  size of the vocabulary; 0 for real values.
    task     the word the data goes by.

    Raises
    ------
    SizeMismatch   the arrays do not fit together.
    FormatError    a sequence is empty or holds a value that is not finite, or a label names no class.
    """

    values: tuple[np.ndarray, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    n_words: int = 0
    task: str = ""

    def __post_init__(self) -> None:
        kind = np.int64 if self.n_words else np.float32
        object.__setattr__(self, "values", tuple(np.asarray(value, kind) for value in self.values))
        object.__setattr__(self, "labels", np.asarray(self.labels, np.int64))
        if not len(self.values) == len(self.labels) > 0:
            raise SizeMismatch(
                f"{len(self.values)} sequences have {len(self.labels)} labels.",
                "Give one per sequence, and at least one.",
            )
        if self.labels.min() < 0 or self.labels.max() >= len(self.classes):
            raise FormatError(f"Labels lie outside the {len(self.classes)} classes.", "Check the labels.")
        for index, value in enumerate(self.values):
            self._check(index, value)

    def _check(self, index: int, value: np.ndarray) -> None:
        axes = 1 if self.n_words else 2
        if value.ndim != axes or 0 in value.shape:
            raise FormatError(f"Sequence {index} has shape {value.shape}.", "Drop empty sequences.")
        if axes == 2 and value.shape[1] != self.values[0].shape[1]:
            raise SizeMismatch(
                f"Sequence {index} has {value.shape[1]} channels, the first has {self.values[0].shape[1]}.",
                "Give all the same channels.",
            )
        if not np.isfinite(value).all():
            raise FormatError(
                f"Sequence {index} holds a value that is not finite.", "Fill in or cut out the gap first."
            )
        if axes == 1 and not ((value >= 0) & (value < self.n_words)).all():
            raise FormatError(f"Sequence {index} holds a word outside 0 … {self.n_words - 1}.", "Check the vocabulary.")

    @property
    def n(self) -> int:
        return len(self.labels)

    @property
    def n_inputs(self) -> int:
        """Channels, or words."""
        return self.n_words or self.values[0].shape[1]

    @property
    def lengths(self) -> np.ndarray:
        """(N,) steps of each."""
        return np.array([len(value) for value in self.values])

    def take(self, which: np.ndarray) -> Self:
        """Some of the sequences."""
        return replace(self, values=tuple(self.values[i] for i in which), labels=self.labels[which])

    def batch(self, which: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor]:
        """Padded values (b, L, c) or (b, L), lengths (b,) or None where all are equal, and labels (b,)."""
        chosen = [torch.from_numpy(self.values[i]) for i in which]
        lengths = torch.tensor([len(value) for value in chosen])
        padded = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True)
        same = bool((lengths == lengths[0]).all())
        return padded, None if same else lengths, torch.from_numpy(self.labels[list(which)])


@dataclass(frozen=True)
class LabelledDataset:
    """Sequences to train on, those kept for judging, and those a training may choose by, if any."""

    train: LabelledSequences
    test: LabelledSequences
    valid: LabelledSequences | None = None


def _share_of(share: float, n: int) -> int:
    """How many of n: one at least, where that leaves one."""
    return max(round(share * n), 1 if share > 0 and n > 1 else 0)


def split_labelled(data: LabelledSequences, share: float = 0.2, seed: int = 0) -> LabelledDataset:
    """Keep a share of every class for judging, drawn by `seed`.

    Raises
    ------
    ParameterError   nothing would be left on one side.
    """
    rng = np.random.default_rng(seed)
    tested = []
    for label in np.unique(data.labels):
        members = np.flatnonzero(data.labels == label)
        tested.append(rng.permutation(members)[: _share_of(share, len(members))])
    test = np.sort(np.concatenate(tested))
    train = np.setdiff1d(np.arange(data.n), test)
    if not len(test) or not len(train):
        raise ParameterError(f"{data.n} sequences cannot be split in training and test.", "Give more of each class.")
    return LabelledDataset(data.take(train), data.take(test))
