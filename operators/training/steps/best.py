"""The weights of the best epoch so far, for runs that stop when nothing gets better."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn


class BestWeights:
    """Error, epoch and, where a run may stop early, the weights of the epoch with the lowest validation error.

    Parameters
    ----------
    keeps   whether weights are kept; otherwise only the error and the epoch are.
    """

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps
        self.error, self.epoch = math.inf, 0
        self.values: dict[str, torch.Tensor] = {}

    def see(self, model: nn.Module, error: float, epoch: int) -> None:
        """Take note of an epoch; `model` has the weights inside that would be handed over."""
        if error < self.error:
            self.error, self.epoch = error, epoch
            if self.keeps:
                self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def hand_over(self, model: nn.Module) -> bool:
        """Put the best weights into the model; False where none are kept."""
        if self.values:
            model.load_state_dict(self.values)
        return bool(self.values)

    def state_dict(self) -> dict[str, object]:
        """What a checkpoint keeps."""
        # JSON has no infinity.
        return {"error": self.error if self.epoch else None, "epoch": self.epoch, "weights": self.values}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Take up what a checkpoint kept."""
        self.values = {name: value.to(device) for name, value in state["weights"].items()}
        self.error, self.epoch = math.inf if state["error"] is None else state["error"], state["epoch"]
