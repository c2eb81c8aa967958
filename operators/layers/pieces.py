"""Layers that treat every point alike, applied to a few points at a time."""

from __future__ import annotations

from collections.abc import Callable

import torch

# Points together: the widest layer then stays in a processor's cache, and its field is never laid out whole.
PIECE = 2048


def in_pieces(layer: Callable[[torch.Tensor], torch.Tensor], field: torch.Tensor) -> torch.Tensor:
    """What `layer` makes of a field (…, c), where it acts on each point alone; at once on a GPU."""
    if field.is_cuda:
        return layer(field)
    pieces = field.flatten(0, -2).split(PIECE)
    return torch.cat([layer(piece) for piece in pieces]).unflatten(0, field.shape[:-1])
