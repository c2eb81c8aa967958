"""Losses that operator learning shares."""

from __future__ import annotations

import torch


def relative_l2(prediction: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """One relative L2 error per sample: ‖prediction − truth‖ / ‖truth‖ over all points and channels.

    Parameters
    ----------
    prediction, truth   (b, …) of equal shape.
    weights             broadcastable to them, for example areas (b, n, 1); None for equal weights.

    Returns
    -------
    (b,) errors; a truth that vanishes everywhere gives an infinite error unless the prediction vanishes too (then nan).

    Source   Li et al. 2021, arXiv 2010.08895, the loss and the metric of the field.
    """
    difference = (prediction - truth).flatten(1).abs().square()
    scale = truth.flatten(1).abs().square()
    if weights is not None:
        flat = weights.expand_as(truth).flatten(1)
        difference, scale = difference * flat, scale * flat
    return (difference.sum(1) / scale.sum(1)).sqrt()
