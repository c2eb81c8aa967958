"""What the loop needs to know of a thing to be learned."""

from __future__ import annotations

from typing import Protocol, TypeVar

import torch
from torch import nn

ModelT = TypeVar("ModelT", bound=nn.Module, covariant=True)


class Task(Protocol[ModelT]):
    """A model, its samples, and how wrong it is on them.

    Samples are numbered; the loop hands over numbers and a generator, so a task may read files, index arrays or make
    samples on the fly. All noise comes from the generator: then a resumed run repeats the losses of an unbroken one.
    """

    @property
    def model(self) -> ModelT:
        """What is learned."""
        ...

    n_train: int
    n_valid: int

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean loss over the training samples with these numbers (b,): a scalar to differentiate.

        `model` is the task's model or its data-parallel wrapper; it must be called through `model(...)` for the
        gradients of several processes to meet. `generator` lives on the CPU.
        """
        ...

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """One error per validation sample (b,), by name; the first name is the one early stopping watches."""
        ...


class KnowsItsData(Protocol):
    """What a task may offer beside: a fingerprint of its samples, by which a resumed run refuses others."""

    fingerprint: str


class PerSample(Protocol):
    """What a task may offer beside: its loss sample by sample, from which Newton's method takes Fisher's curvature."""

    def sample_losses(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Losses (b,) whose mean is `train_loss`."""
        ...
