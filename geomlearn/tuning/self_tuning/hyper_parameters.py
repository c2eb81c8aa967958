"""Knobs of a training, unconstrained inside and in their range outside."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True)
class Knob:
    """One hyperparameter.

    Attributes
    ----------
    low, high    of its value.
    log          whether it moves between them in its logarithm.
    discrete     whether its value is a whole number.
    per_example  whether each example of a batch meets a value of its own; otherwise all meet one.
    """

    name: str
    low: float
    high: float
    log: bool = False
    discrete: bool = False
    per_example: bool = True

    def value(self, inner: Tensor) -> Tensor:
        """r(λ) in [low, high]."""
        share = torch.sigmoid(inner)
        if self.log:
            return torch.exp(math.log(self.low) + share * math.log(self.high / self.low))
        found = self.low + share * (self.high - self.low)
        return torch.floor(found) if self.discrete else found

    def inner(self, value: float) -> float:
        """λ with r(λ) = value.

        Raises
        ------
        ParameterError   it is not inside the range.
        """
        if not self.low < value < self.high:
            raise ParameterError(
                f"{self.name} = {value:g} does not lie between {self.low:g} and {self.high:g}.", "Begin inside."
            )
        share = (value - self.low) / (self.high - self.low)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        return math.log(share / (1 - share))


class HyperParameters(nn.Module):
    """λ and the deviations of what is tried around it.

    Parameters
    ----------
    knobs    what is tuned.
    start    values to begin at, by name.
    scale    σ of what is tried around λ, at first.

    Attributes
    ----------
    inner (n,)     λ.
    current        what layers see now: (b, n) or (1, n), or None outside of `at`.

    Raises
    ------
    ParameterError   no knobs, one twice, or a start outside its range.
    """

    def __init__(self, knobs: list[Knob], start: dict[str, float], scale: float = 0.5) -> None:
        super().__init__()
        names = [knob.name for knob in knobs]
        if not knobs or len(set(names)) < len(names):
            raise ParameterError("Give each hyperparameter once.", "One at least.")
        self.knobs = knobs
        self.inner = nn.Parameter(torch.tensor([knob.inner(start[knob.name]) for knob in knobs]))
        self.spread = nn.Parameter(torch.full((len(knobs),), math.log(math.expm1(scale))))
        self.current: Tensor | None = None

    def __len__(self) -> int:
        return len(self.knobs)

    def deviations(self) -> Tensor:
        """σ (n,)."""
        return softplus(self.spread)

    def entropy(self) -> Tensor:
        """H = Σ log(σ √(2πe)) of the perturbations."""
        return (torch.log(self.deviations()) + 0.5 * math.log(2 * math.pi * math.e)).sum()

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """λ + ε for each of a batch (count, n); knobs that are not per example get one ε for all."""
        noise = torch.randn(count, len(self), generator=generator, dtype=self.inner.dtype)
        for column, knob in enumerate(self.knobs):
            if not knob.per_example:
                noise[:, column] = noise[0, column]
        return self.inner + self.deviations() * noise

    def values(self, inner: Tensor | None = None) -> dict[str, Tensor]:
        """r(λ) by name, without a gradient: λ acts through the weights only."""
        inner = self.inner if inner is None else inner
        return {knob.name: knob.value(inner[..., i].detach()) for i, knob in enumerate(self.knobs)}

    @contextmanager
    def at(self, inner: Tensor | None) -> Iterator[None]:
        """Inside, layers answer to these λ (b, n); to λ itself when None."""
        before, self.current = self.current, (self.inner if inner is None else inner).reshape(-1, len(self))
        try:
            yield
        finally:
            self.current = before
