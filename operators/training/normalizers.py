"""Affine normalisation of fields, kept inside the model so that it travels with the weights."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from geomlearn.core.errors import SizeMismatch


class Normalizer(nn.Module):
    """Shift and scale samples to zero mean and unit deviation.

    Parameters
    ----------
    samples   (N, …, c) training samples, channels last.
    per       "point": one mean and deviation per node and channel, as published for Darcy;
              "channel": one per channel, which carries over to other grids and shapes.

    Source   Li et al. 2021, arXiv 2010.08895 (pointwise, with the same ε).
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, samples: torch.Tensor, per: Literal["point", "channel"] = "channel", eps: float = 1e-5) -> None:
        super().__init__()
        axes = (0,) if per == "point" else tuple(range(samples.ndim - 1))
        self.register_buffer("mean", samples.mean(axes))
        self.register_buffer("deviation", samples.std(axes, correction=0) + eps)

    def encode(self, values: torch.Tensor) -> torch.Tensor:
        """Normalised values, of the same shape."""
        self._check(values)
        return (values - self.mean) / self.deviation

    def decode(self, values: torch.Tensor) -> torch.Tensor:
        """The inverse of `encode`."""
        self._check(values)
        return values * self.deviation + self.mean

    def _check(self, values: torch.Tensor) -> None:
        tail = tuple(self.mean.shape)
        if tuple(values.shape[values.ndim - len(tail) :]) != tail:
            raise SizeMismatch(
                f"A field of shape {tuple(values.shape[1:])} meets a normaliser made for {tail}.",
                "Bring the field to the resolution and channels the model was trained on.",
            )
