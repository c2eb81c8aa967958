"""An exponential moving average of a model's weights, beside those in training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class WeightAverage:
    """w̄ ← β w̄ + (1 − β) w for every parameter and every floating-point buffer that goes with them.

    Parameters
    ----------
    decay   β; 0 keeps no average, and everything here then leaves the model as it is.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._model, self._decay = model, decay
        self.values = {name: value.clone() for name, value in self._weights()} if decay else {}

    def _weights(self) -> list[tuple[str, torch.Tensor]]:
        return [(name, value) for name, value in self._model.state_dict().items() if value.is_floating_point()]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are after a step."""
        if self.values:
            for name, value in self._weights():
                self.values[name].lerp_(value, 1 - self._decay)

    @torch.no_grad()
    def hand_over(self) -> None:
        """Put the average into the model."""
        if self.values:
            for name, value in self._weights():
                value.copy_(self.values[name])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the average inside, and its own weights again afterwards."""
        trained = {name: value.clone() for name, value in self._weights()} if self.values else {}
        self.hand_over()
        try:
            yield
        finally:
            with torch.no_grad():
                for name, value in self._weights() if trained else ():
                    value.copy_(trained[name])
