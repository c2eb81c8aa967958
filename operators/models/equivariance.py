"""Amplitude and offset of linear equations, kept by construction: a normalising wrapper around the network."""

from __future__ import annotations

from typing import Literal

import torch

from geomlearn.core.errors import ParameterError

Equivariance = Literal["none", "amplitude", "amplitude-offset"]


def check_equivariance(kept: Equivariance, n_in: int, n_out: int) -> None:
    """Refuse an offset that inputs and answers do not share.

    Raises
    ------
    ParameterError   a constant is to be carried from one channel to several, or from several.
    """
    if kept == "amplitude-offset" and n_in != 1 and n_in != n_out:
        raise ParameterError(
            f"A constant of {n_in} input channels is none of {n_out} answers.", "Keep the amplitude alone."
        )


class Scale:
    """What one batch of inputs is brought from: f(m + s a) = m + s f(a), or f(s a) = s f(a).

    Parameters
    ----------
    values   (b, …, c) inputs.
    weights  (b, n, 1) areas, zero for nodes that are only filling; None where all weigh the same.
    centre, spread   the mean and deviation that the network is to see.
    """

    def __init__(
        self, values: torch.Tensor, weights: torch.Tensor | None, kept: Equivariance, centre: float, spread: float
    ) -> None:
        axes = tuple(range(1, values.ndim))
        share = torch.ones_like(values[..., :1]) if weights is None else weights.to(values.dtype)
        share = share / share.sum(axes, keepdim=True) / values.shape[-1]
        mean = (share * values).sum(axes, keepdim=True)
        self.mean, self.centre = (mean, centre) if kept == "amplitude-offset" else (torch.zeros_like(mean), 0.0)
        off = values - self.mean
        size = (share * off**2).sum(axes, keepdim=True).sqrt()
        # A constant field has no amplitude: it goes through as it is.
        floor = 1e-6 * mean.abs() + torch.finfo(values.dtype).tiny
        typical = spread if kept == "amplitude-offset" else (spread**2 + centre**2) ** 0.5
        self.factor = torch.where(size > floor, size / typical, torch.ones_like(size))

    def encode(self, values: torch.Tensor) -> torch.Tensor:
        """The inputs as the network sees them."""
        return (values - self.mean) / self.factor + self.centre

    def decode(self, answer: torch.Tensor) -> torch.Tensor:
        """The answer in the units of the inputs."""
        return (answer - self.centre) * self.factor + self.mean
